"""Pictures of every format that previews are made of, in the forms in which people have them, and what each should look
like by Pillow: its own rendering of the file, or of what it was made from where Pillow 9.4 does not read the format."""

import io
import os
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageFile, ImageOps

import avif_boxes
import icc_profiles

IMAGE_TOOL = os.environ.get("IMAGE_TOOL", "build/dev/tests/preview/image_tool")
ImageFile.LOAD_TRUNCATED_IMAGES = True
PATCH = 32  # pixels of a flat area
COLOURS = ((255, 0, 0), (0, 160, 64), (32, 48, 255), (250, 235, 205), (32, 32, 32), (128, 64, 30))
SRGB = ImageCms.createProfile("sRGB")


@dataclass
class Case:
    name: str
    data: bytes
    # What it should look like; None: no preview can be made of it.
    expected: Image.Image | None


def tool(*arguments: str, data: bytes = b"") -> bytes:
    return subprocess.run([IMAGE_TOOL, *arguments], input=data, capture_output=True, check=True).stdout


def patches(mode: str = "RGB", scale: int = 1) -> Image.Image:
    """Six flat areas, no two alike, so that a turn or a mirror shows."""
    image = Image.new("RGB", (3, 2))
    image.putdata(COLOURS)
    if mode in ("LA", "RGBA"):
        alpha = Image.new("L", (3, 2))
        alpha.putdata((255, 128, 0, 255, 64, 200))
        image = image.convert("L") if mode == "LA" else image
        image.putalpha(alpha)
    elif mode == "CMYK":
        image = image.convert("CMYK")
        image.putpixel((1, 1), (10, 20, 30, 90))
    elif mode != "RGB":
        image = image.convert(mode)
    return image.resize((3 * PATCH * scale, 2 * PATCH * scale), Image.NEAREST)


def saved(image: Image.Image, kind: str, orientation: int = 0, **options: object) -> bytes:
    if orientation:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    options |= {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}}.get(kind, {})
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# ---- Pillow's rendering

SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}


def usable(profile: bytes | None, mode: str) -> ImageCms.ImageCmsProfile | None:
    try:
        read = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
    except (OSError, ImageCms.PyCMSError):
        return None
    return read if read.profile.xcolor_space == SPACES[mode] else None


def in_srgb(colours: Image.Image, profile: bytes | None) -> Image.Image:
    read = usable(profile, colours.mode)
    if read is not None:
        try:
            return ImageCms.profileToProfile(colours, read, SRGB, 0, "RGB")
        except ImageCms.PyCMSError:
            pass
    return colours.convert("RGB")


def rendered(data: bytes, profile: bytes | None = None) -> Image.Image:
    """As a browser shows it, by Pillow."""
    image = Image.open(io.BytesIO(data))
    profile = profile or image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "I;16"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    alpha = None
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        gray = image.mode in ("L", "LA", "1")
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("L" if gray else "RGB")
    elif image.mode in ("1", "P"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    shown = in_srgb(image, profile)
    if alpha is not None:
        shown.putalpha(alpha)
    return shown


def seen(name: str, data: bytes) -> Case:
    return Case(name, data, rendered(data))


# ---- JPEG


def segments(jpeg: bytes) -> list[bytes]:
    """The marker of the start, each segment before the scan, and all the rest."""
    parts, place = [jpeg[:2]], 2
    while jpeg[place + 1] != 0xDA:
        (size,) = struct.unpack(">H", jpeg[place + 2 : place + 4])
        parts.append(jpeg[place : place + 2 + size])
        place += 2 + size
    return [*parts, jpeg[place:]]


def with_adobe(jpeg: bytes, transform: int | None) -> bytes:
    """Says how its components are meant (0 as they are, 1 YCbCr, 2 YCCK); or says nothing."""
    parts = [part for part in segments(jpeg) if part[1] not in (0xE0, 0xEE)]
    if transform is not None:
        parts.insert(1, b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([transform]))
    return b"".join(parts)


def profiles() -> dict[str, bytes]:
    p3 = tool("profile", "p3")
    return {
        "srgb": ImageCms.ImageCmsProfile(SRGB).tobytes(),
        "p3": p3,
        "swapped": icc_profiles.rgb(red=icc_profiles.BLUE, blue=icc_profiles.RED),
        "gray": icc_profiles.gray(),
        "cmyk": tool("profile", "cmyk"),
        "damaged": b"no profile at all" * 20,
        "cut": p3[:150],
        "empty": icc_profiles.without_curves(),
    }


def jpegs() -> Iterator[Case]:
    for mode in ("RGB", "L", "CMYK"):
        plain = saved(patches(mode), "JPEG")
        yield seen(f"{mode}.jpeg", plain)
        yield seen(f"{mode} progressive.jpeg", saved(patches(mode), "JPEG", progressive=True))
        for profile, data in profiles().items():
            yield seen(f"{mode} {profile}.jpeg", saved(patches(mode), "JPEG", icc_profile=data))
        for orientation in range(1, 9) if mode == "RGB" else (3, 8):
            yield seen(f"{mode} {orientation}.jpeg", saved(patches(mode), "JPEG", orientation))
        for missing in (1, 2):
            yield Case(f"{mode} less {missing}.jpeg", plain[:-missing], rendered(plain))
        yield seen(f"{mode} and more.jpeg", plain + b"\0" * 1000 + plain)
        yield Case(f"{mode} cut.jpeg", plain[: len(plain) * 3 // 4], None)
    yield seen("RGB 4:2:0.jpeg", saved(patches(scale=2), "JPEG", subsampling=2))
    yield seen("RGB of Adobe.jpeg", with_adobe(saved(patches(), "JPEG"), 0))
    yield seen("YCbCr of Adobe.jpeg", with_adobe(saved(patches(), "JPEG"), 1))
    yield seen("YCbCr of nobody.jpeg", with_adobe(saved(patches(), "JPEG"), None))
    inks = saved(patches("CMYK"), "JPEG")
    yield seen("CMYK of nobody.jpeg", with_adobe(inks, None))
    yield seen("YCCK.jpeg", with_adobe(inks, 2))
    progressive = saved(patches(), "JPEG", progressive=True)
    yield Case("progressive less 2.jpeg", progressive[:-2], rendered(progressive))
    turned = saved(patches(), "JPEG", 6, icc_profile=profiles()["p3"])
    yield Case("turned, P3, less 2.jpeg", turned[:-2], rendered(turned))


# ---- PNG


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


GRAY, RGB, GRAY_ALPHA, RGBA = 0, 2, 4, 6


def deep_png(colour: int, extra: bytes = b"") -> bytes:
    """16 bits a sample: Pillow does not write them."""
    image = patches({GRAY: "L", RGB: "RGB", GRAY_ALPHA: "LA", RGBA: "RGBA"}[colour])
    width, height = image.size
    samples = b"".join(bytes((value, 0x5A)) for value in image.tobytes())
    stride = len(samples) // height
    rows = b"".join(b"\0" + samples[at : at + stride] for at in range(0, len(samples), stride))
    head = struct.pack(">II5B", width, height, 16, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def with_chunk(png: bytes, added: bytes) -> bytes:
    """Behind the header."""
    return png[:33] + added + png[33:]


def pngs() -> Iterator[Case]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        plain = saved(patches(mode), "PNG")
        yield seen(f"{mode}.png", plain)
        yield Case(f"{mode} without IEND.png", plain[:-12], rendered(plain))
        yield Case(f"{mode} cut in IEND.png", plain[:-5], rendered(plain))
        yield Case(f"{mode} interlaced.png", tool("convert", ".png[interlace]", data=plain), rendered(plain))
    for mode in ("L", "RGB", "RGBA"):
        for profile, data in profiles().items():
            yield seen(f"{mode} {profile}.png", saved(patches(mode), "PNG", icc_profile=data))
    palette = patches("P")
    yield seen("P tRNS of one.png", saved(palette, "PNG", transparency=palette.getpixel((0, 0))))
    yield seen("P tRNS of each.png", saved(palette, "PNG", transparency=bytes(range(0, 256))))
    yield seen("P 4 bits.png", saved(patches().quantize(16), "PNG", bits=4))
    yield seen("P P3.png", saved(palette, "PNG", icc_profile=profiles()["p3"]))
    yield seen("L tRNS.png", saved(patches("L"), "PNG", transparency=patches("L").getpixel((40, 0))))
    yield seen("RGB tRNS.png", saved(patches(), "PNG", transparency=COLOURS[2]))
    for orientation in range(1, 9):
        yield seen(f"RGB {orientation}.png", saved(patches(), "PNG", orientation))
    for name, colour, mode in (("gray", GRAY, "L"), ("RGB", RGB, "RGB"), ("gray and alpha", GRAY_ALPHA, "LA"),
                               ("RGBA", RGBA, "RGBA")):
        yield Case(f"{name} of 16 bits.png", deep_png(colour), rendered(saved(patches(mode), "PNG")))
    deep = deep_png(RGBA)
    yield Case("RGBA of 16 bits, interlaced.png", tool("convert", ".png[interlace]", data=deep),
               rendered(saved(patches("RGBA"), "PNG")))
    p3 = chunk(b"iCCP", b"p3\0\0" + zlib.compress(profiles()["p3"]))
    yield Case("RGB of 16 bits, P3.png", deep_png(RGB, p3), in_srgb(patches(), profiles()["p3"]))
    yield Case("RGBA of 16 bits, P3.png", deep_png(RGBA, p3), rendered(saved(patches("RGBA"), "PNG"), profiles()["p3"]))
    plain = saved(patches(), "PNG")
    yield seen("and more.png", plain + bytes(1000))
    yield seen("text with a wrong sum.png", with_chunk(plain, chunk(b"tEXt", b"Title\0x")[:-1] + b"?"))
    yield Case("cut.png", plain[: len(plain) * 3 // 4], None)
    yield Case("header alone.png", plain[:33], None)


# ---- WebP and GIF


def webps() -> Iterator[Case]:
    for mode in ("L", "RGB", "RGBA"):
        plain = saved(patches(mode), "WEBP")
        yield seen(f"{mode}.webp", plain)
        yield seen(f"{mode} lossless.webp", saved(patches(mode), "WEBP", lossless=True))
        yield seen(f"{mode} and more.webp", plain + bytes(1001))
    yield seen("LA.webp", saved(patches("LA").convert("RGBA"), "WEBP"))
    for profile, data in profiles().items():
        yield seen(f"RGB {profile}.webp", saved(patches(), "WEBP", icc_profile=data))
    yield seen("RGBA p3.webp", saved(patches("RGBA"), "WEBP", icc_profile=profiles()["p3"]))
    for orientation in range(1, 9):
        yield seen(f"RGB {orientation}.webp", saved(patches(), "WEBP", orientation))
    frames = [patches().rotate(180), patches()]
    yield seen("animated.webp", saved(patches(), "WEBP", save_all=True, append_images=frames))
    plain = saved(patches(), "WEBP")
    yield Case("cut.webp", plain[: len(plain) // 2], None)


def gifs() -> Iterator[Case]:
    plain = saved(patches("P"), "GIF")
    yield seen("plain.gif", plain)
    yield seen("gray.gif", saved(patches("L"), "GIF"))
    yield seen("interlaced.gif", saved(patches("P"), "GIF", interlace=1))
    yield seen("not interlaced.gif", saved(patches("P"), "GIF", interlace=0))
    palette = patches("P")
    yield seen("transparent.gif", saved(palette, "GIF", transparency=palette.getpixel((40, 0))))
    frames = [patches("P").rotate(180), patches("P")]
    yield seen("animated.gif", saved(patches("P"), "GIF", save_all=True, append_images=frames, duration=100))
    yield Case("less 1.gif", plain[:-1], rendered(plain))
    yield seen("and more.gif", plain + bytes(1000))
    yield Case("cut.gif", plain[: len(plain) * 3 // 4], None)


# ---- AVIF, which Pillow 9.4 does not read: what it was made from is what it should look like


def avif_of(image: Image.Image, options: str = "Q=90,subsample_mode=off", **more: object) -> bytes:
    return tool("convert", f".avif[{options}]", data=saved(image, "PNG", **more))


QUARTERS = (None, Image.ROTATE_90, Image.ROTATE_180, Image.ROTATE_270)


def avifs() -> Iterator[Case]:
    for mode in ("L", "RGB", "RGBA", "LA"):
        yield Case(f"{mode}.avif", avif_of(patches(mode)), rendered(saved(patches(mode), "PNG")))
    yield Case("lossless.avif", avif_of(patches(), "lossless"), patches())
    # 12 bits; of 10, Debian's libheif makes none
    for colour, mode in ((RGB, "RGB"), (RGBA, "RGBA")):
        yield Case(f"{mode} of 12 bits.avif", tool("convert", ".avif[Q=90,bitdepth=12]", data=deep_png(colour)),
                   rendered(saved(patches(mode), "PNG")))
    for profile in ("p3", "srgb", "swapped", "gray", "damaged"):
        data = profiles()[profile]
        made = tool("convert", ".avif[Q=90,subsample_mode=off]", data=saved(patches(), "PNG", icc_profile=data))
        yield Case(f"{profile}.avif", made, in_srgb(patches(), data))
    plain = avif_of(patches())
    for are_first in (False, True):
        place = "first" if are_first else "last"
        for quarters in (1, 2, 3):
            yield Case(f"turned {quarters}, {place}.avif",
                       avif_boxes.transformed(plain, [avif_boxes.rotation(quarters)], are_first),
                       patches().transpose(QUARTERS[quarters]))
        for axis in (0, 1):
            flip = Image.FLIP_TOP_BOTTOM if axis == 0 else Image.FLIP_LEFT_RIGHT
            yield Case(f"mirrored {axis}, {place}.avif",
                       avif_boxes.transformed(plain, [avif_boxes.mirror(axis)], are_first), patches().transpose(flip))
        left = patches().crop((0, 0, 2 * PATCH, 2 * PATCH))
        cropped = avif_boxes.crop(2 * PATCH, 2 * PATCH, -PATCH, 0)
        yield Case(f"cropped, {place}.avif", avif_boxes.transformed(plain, [cropped], are_first), left)
        yield Case(f"cropped and turned, {place}.avif",
                   avif_boxes.transformed(plain, [cropped, avif_boxes.rotation(1)], are_first),
                   left.transpose(QUARTERS[1]))
    yield Case("and more.avif", plain + bytes(1000), patches())
    yield Case("cut.avif", plain[: len(plain) * 3 // 4], None)


# ---- larger than a preview: what is shrunk while it is decoded


def large() -> Iterator[Case]:
    for kind, mode in (("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("WEBP", "RGBA"), ("GIF", "P")):
        orientation = 6 if kind in ("JPEG", "WEBP") else 0
        yield seen(f"large {mode}.{kind.lower()}", saved(patches(mode, 22), kind, orientation))
    row = patches().crop((0, 0, 3 * PATCH, 1))
    yield seen("thin.png", saved(row.resize((3000, 1), Image.NEAREST), "PNG"))
    # So large that the decoder of JPEG shrinks it.
    turned = saved(patches("L", 86), "JPEG", 6, icc_profile=profiles()["gray"])
    yield Case("larger, gray, less 2.jpeg", turned[:-2], rendered(turned))


FAMILIES: tuple[Callable[[], Iterator[Case]], ...] = (jpegs, pngs, webps, gifs, avifs, large)
