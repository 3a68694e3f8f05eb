"""Every unsupervised learner behind the same two verbs: fit on patches, encode patches.

A fitted learner is plain data: a flat array of parameters and the settings it was fitted with. To add
one, write a module with the functions ``fit`` and ``encoder`` as in `lib.learners.autoencoder` and name
it here.
"""

from __future__ import annotations

from lib.learners import autoencoder, untrained

LEARNERS = {"autoencoder": autoencoder, "untrained": untrained}
