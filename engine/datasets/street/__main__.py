"""`python -m engine.datasets.street OUT.mp4` writes a clip."""

import sys

import cv2

from engine.datasets.street import main

if __name__ == "__main__":
    cv2.setNumThreads(1)
    sys.exit(main())
