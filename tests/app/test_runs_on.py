"""What models run on, as the settings keep it: where, and with which runtime."""

from pathlib import Path

from app.settings import Settings, read_settings


def test_a_runtime_that_was_kept_as_a_device_is_still_meant(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"device": "tensorrt", "opacity": 0.25}')
    settings = read_settings(tmp_path)
    assert (settings.device, settings.backend, settings.opacity) == ("auto", "tensorrt", 0.25)


def test_device_and_runtime_are_kept_apart(tmp_path: Path) -> None:
    kept = Settings(device="cuda", backend="tensorrt")
    (tmp_path / "settings.json").write_text(kept.model_dump_json())
    assert read_settings(tmp_path) == kept
    (tmp_path / "settings.json").write_text('{"device": "cpu"}')
    assert (read_settings(tmp_path).device, read_settings(tmp_path).backend) == ("cpu", "onnxruntime")
