"""Controlled distortions of the images of a batch, drawn again whenever an image is seen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """Shifts and mirror images, each image by itself. They change no class.

    Attributes
    ----------
    shift : pixels by which an image moves along each axis at most; its border is repeated where it leaves a gap.
    mirror : whether half of the images, at random, are mirrored from left to right.
    """

    shift: int = 0
    mirror: bool = False

    def __call__(self, images: Tensor) -> Tensor:
        """Return distorted images (N, channels, height, width). Random numbers come from PyTorch's global generator."""
        if self.mirror:
            mirrored = torch.rand(len(images), device=images.device) < 0.5
            images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
        return _shifted(images, self.shift) if self.shift else images


def _shifted(images: Tensor, most: int) -> Tensor:
    """Return images (N, channels, height, width), each moved by up to ``most`` pixels along either axis."""
    count, _, height, width = images.shape
    padded = functional.pad(images, [most] * 4, mode="replicate")
    starts = torch.randint(0, 2 * most + 1, (2, count, 1), device=images.device)
    rows = starts[0] + torch.arange(height, device=images.device)
    columns = starts[1] + torch.arange(width, device=images.device)
    numbers = torch.arange(count, device=images.device)[:, None, None]
    return padded[numbers, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).contiguous()
