"""Tiny Hugging Face models on the disk, with weights as they are drawn."""

import json
from pathlib import Path
from typing import Any

import torch

CLASSES = ("background", "person", "dog")
PROCESSOR: dict[str, Any] = {
    "image_processor_type": "SegformerImageProcessor",
    "do_resize": True,
    "size": {"height": 64, "width": 64},
    "resample": 2,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "do_reduce_labels": False,
}
README = "---\nlicense: other\nlicense_name: research\nlicense_link: https://example.org/terms\n---\n# Tiny\n"


def tiny_config(kind: str, names: tuple[str, ...] = CLASSES) -> Any:
    """The config of a model that is as small as its kind can be: segformer, mobilenet_v2, upernet, swin or beit."""
    import transformers

    labels = {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}
    if kind == "segformer":
        return transformers.SegformerConfig(
            num_encoder_blocks=2,
            depths=[1, 1],
            sr_ratios=[4, 2],
            hidden_sizes=[8, 16],
            patch_sizes=[7, 3],
            strides=[4, 2],
            num_attention_heads=[1, 2],
            mlp_ratios=[2, 2],
            decoder_hidden_size=16,
            **labels,
        )
    if kind == "mobilenet_v2":
        return transformers.MobileNetV2Config(depth_multiplier=0.25, output_stride=16, **labels)
    stages = ["stage1", "stage2", "stage3", "stage4"]
    if kind == "upernet":
        backbone = transformers.ConvNextConfig(hidden_sizes=[8] * 4, depths=[1] * 4, out_features=stages)
        return transformers.UperNetConfig(backbone_config=backbone, hidden_size=16, auxiliary_channels=8, **labels)
    if kind == "swin":
        backbone = transformers.SwinConfig(
            image_size=64, embed_dim=8, depths=[1] * 4, num_heads=[1] * 4, window_size=2, out_features=stages
        )
        return transformers.UperNetConfig(backbone_config=backbone, hidden_size=16, auxiliary_channels=8, **labels)
    assert kind == "beit"
    return transformers.BeitConfig(
        image_size=64,
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=16,
        out_indices=[1, 2, 3, 4],
        use_relative_position_bias=True,
        **labels,
    )


def saved_tiny(folder: Path, kind: str = "segformer", names: tuple[str, ...] = CLASSES) -> Path:
    """Save such a model, with what is published beside it. Returns `folder`."""
    import transformers

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = transformers.AutoModelForSemanticSegmentation.from_config(tiny_config(kind, names)).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += 0.2 * torch.randn_like(parameter)  # else all pixels are nearly alike
            # And each class is the likeliest somewhere in a noisy picture.
            own = [each for name, each in model.named_modules() if "auxiliary" not in name]
            layers = [each for each in own if isinstance(each, torch.nn.Conv2d) and each.out_channels == len(names)]
            classifier = layers[-1]
            logits = model(pixel_values=torch.randn(1, 3, 64, 64)).logits
            assert classifier.bias is not None
            classifier.bias -= logits.mean(dim=(0, 2, 3))
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSOR), encoding="utf-8")
    (folder / "README.md").write_text(README, encoding="utf-8")
    return folder
