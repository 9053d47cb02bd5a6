"""Rate of a PyTorch DataLoader over h5py and Pillow, to set beside `dsocr bench loader`.

Usage: reference_loader.py STORE.h5 WORKERS REPEATS STAGE...
STAGE is read (a page's encoded bytes), decode (8-bit RGB), or views (the Base view, padded, as normalised float32).
Prints one JSON object: "seconds" has for each stage the time of every pass over all pages, after one pass of warm-up
that also starts the workers; "sha256" is of the views of all pages in order.
"""

import argparse
import hashlib
import io
import json
import time

import h5py
import numpy
import PIL
import torch
from PIL import Image, ImageOps

GREY = (127, 127, 127)
SIDE = 1024


class Pages(torch.utils.data.Dataset):
    def __init__(self, file: str, stage: str) -> None:
        self.name, self.stage, self.file = file, stage, None
        with h5py.File(file) as store:
            self.count = len(store["pages"])

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int):
        if self.file is None:  # each worker has its own
            self.file = h5py.File(self.name)
            self.records, self.images = self.file["pages"], self.file["images"]
        page = self.records[index]
        begin = int(page["image_offset"])
        encoded = self.images[begin : begin + int(page["image_bytes"])].tobytes()
        if self.stage == "read":
            return len(encoded)
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(encoded))).convert("RGB")
        if self.stage == "decode":
            return image.size
        view = ImageOps.pad(image, (SIDE, SIDE), color=GREY)
        pixels = torch.from_numpy(numpy.array(view)).permute(2, 0, 1).contiguous()
        return pixels.to(torch.float32).div(255).sub(0.5).div(0.5)


def identity(items: list) -> list:
    return items


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store")
    parser.add_argument("workers", type=int)
    parser.add_argument("repeats", type=int)
    parser.add_argument("stages", nargs="+", choices=["read", "decode", "views"], metavar="STAGE")
    arguments = parser.parse_args()
    if arguments.workers < 1 or arguments.repeats < 1:
        parser.error("WORKERS and REPEATS must be at least 1")
    torch.set_num_threads(1)

    seconds, digest = {}, hashlib.sha256()
    for stage in arguments.stages:
        loader = torch.utils.data.DataLoader(
            Pages(arguments.store, stage),
            batch_size=1,
            num_workers=arguments.workers,
            collate_fn=identity,
            persistent_workers=True,
        )
        for batch in loader:
            if stage == "views":
                digest.update(batch[0].numpy().tobytes())
        seconds[stage] = []
        for _ in range(arguments.repeats):
            start = time.perf_counter()
            for _ in loader:
                pass
            seconds[stage].append(time.perf_counter() - start)
    versions = f"PyTorch {torch.__version__}, h5py {h5py.__version__}, Pillow {PIL.__version__}"
    print(json.dumps({"versions": versions, "seconds": seconds, "sha256": digest.hexdigest()}))


if __name__ == "__main__":
    main()
