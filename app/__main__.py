"""`python -m app [CLIP]`: the same as `steadymask`, from a checkout."""

from app.display import drop_cv2_plugin_path

if __name__ == "__main__":
    # Before Qt starts, and before anything else is imported that may bring Qt in.
    drop_cv2_plugin_path()
    from app.cli import main

    main()
