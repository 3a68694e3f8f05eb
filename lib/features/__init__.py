"""Features of images: encodings of patches, and their extraction on a grid."""
