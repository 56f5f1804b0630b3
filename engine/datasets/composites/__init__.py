"""Portraits over moving backgrounds: image, alpha and motion are exact."""
