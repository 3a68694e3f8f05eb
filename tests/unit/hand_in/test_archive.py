"""Equal contents make equal archives, at any time and in any order of writing."""

import os
from zipfile import ZipFile

from lib.hand_in.archive import pack


def test_archives_are_equal_bytes(tmp_path):
    for name, moment in (("a", 1_000_000_000), ("b", 1_700_000_000)):
        path = tmp_path / f"{name}.txt"
        path.write_text("text\n" * 100)
        path.chmod(0o600 if name == "a" else 0o755)
        os.utime(path, (moment, moment))
        contents = {"z/folder/é.txt": path, "README.txt": b"read me\n"}
        pack(dict(sorted(contents.items(), reverse=name == "b")), tmp_path / f"{name}.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["README.txt", "z/folder/é.txt"]
        assert archive.read("README.txt") == b"read me\n"
        assert archive.read("z/folder/é.txt") == b"text\n" * 100
        assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in archive.infolist())
        assert all(entry.external_attr >> 16 == 0o100644 for entry in archive.infolist())
        assert archive.getinfo("z/folder/é.txt").compress_size < 100
