"""Pictures of spins in any two colours: told apart as they are, or refused; nothing is taken for granted in silence."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from spinlens import get_system
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.user_files import read_snapshots
from spinlens.data.render import to_image
from spinlens.errors import InputError, ReadingWarning
from spinlens.physics.models.ising import Ising

SYSTEM = get_system("ising-periodic", (6, 8))
SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (6, 8))
RED, BLUE, GREEN = (255, 0, 0, 255), (0, 0, 255, 255), (0, 130, 0, 255)  # red and this green have one grey
BLACK, WHITE, CLEAR = (0, 0, 0, 255), (255, 255, 255, 255), (255, 255, 255, 0)


def picture(up: tuple[int, ...], down: tuple[int, ...], spins: np.ndarray = SPINS, scale: int = 3) -> Image.Image:
    pixels = np.where(spins[..., None] > 0, np.array(up, np.uint8), np.array(down, np.uint8))
    return Image.fromarray(np.kron(pixels, np.ones((scale, scale, 1), np.uint8)))


def read(path: Path, **rules: object) -> tuple[np.ndarray, list[str]]:
    """(spins, warnings)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read_snapshots(path, SYSTEM, Reading(**rules))  # type: ignore[arg-type]
    assert all(issubclass(w.category, ReadingWarning) for w in caught)
    return found.spins, [str(w.message) for w in caught]


@pytest.mark.parametrize(
    ("up", "down", "rule", "named"),
    [
        (BLACK, WHITE, "darker", "#000000 read as up, #ffffff as down"),
        (WHITE, BLACK, "lighter", "#ffffff read as up, #000000 as down"),
        (BLUE, RED, "darker", "#0000ff read as up"),
        (RED, GREEN, "#ff0000", "#ff0000 read as up, #008200 as down"),
        (GREEN, RED, "#008200", "#008200 read as up"),
        (CLEAR, BLACK, "transparent", "transparent read as up, #000000 as down"),
        (BLACK, CLEAR, "#000000", "#000000 read as up, transparent as down"),
        ((0, 0, 0, 100), BLACK, "#00000064", "#00000064 read as up, #000000 as down"),
    ],
)
def test_two_colours_are_told_apart(up: tuple, down: tuple, rule: str, named: str, tmp_path: Path) -> None:
    """Breaks when colours are compared after a conversion that makes them one, or the line names other colours."""
    picture(up, down).save(tmp_path / "a.png")
    spins, lines = read(tmp_path / "a.png", up=rule)
    np.testing.assert_array_equal(spins[0], SPINS)
    assert len(lines) == 1
    assert named in lines[0]


@pytest.mark.parametrize(
    ("up", "down", "rule"),
    [
        (RED, GREEN, "darker"),
        (CLEAR, BLACK, "darker"),
        (CLEAR, BLACK, "lighter"),
        ((0, 0, 0, 100), BLACK, "darker"),
        (RED, BLUE, "#ff0001"),
        (RED, BLUE, "transparent"),
        (RED, RED, "darker"),
        (CLEAR, CLEAR, "darker"),
    ],
)
def test_colours_without_an_order_are_refused(up: tuple, down: tuple, rule: str, tmp_path: Path) -> None:
    """Breaks when one grey, transparency, another colour or a single one is read as all up."""
    picture(up, down).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"#|transparent") as caught:
        read(tmp_path / "a.png", up=rule)
    assert "--up" in str(caught.value) or "up must be" in str(caught.value)


def test_palettes_with_transparency(tmp_path: Path) -> None:
    """Breaks when the transparent entry of a palette, or of a grey picture, is read by the grey below it."""
    image = to_image(Ising.space, SPINS, 2)
    image.save(tmp_path / "a.png", transparency=1)
    Image.fromarray(np.where(SPINS > 0, 0, 255).astype(np.uint8)).save(tmp_path / "b.png", transparency=0)
    for name in ("a.png", "b.png"):
        with pytest.raises(InputError, match="transparent"):
            read(tmp_path / name)
        np.testing.assert_array_equal(read(tmp_path / name, up="transparent")[0][0], SPINS)


def test_pictures_of_one_colour(tmp_path: Path) -> None:
    """Breaks when a uniform picture is read by its grey alone though the others of its folder say what it means."""
    up = np.ones_like(SPINS)
    picture(RED, WHITE, up).save(tmp_path / "1.png")
    with pytest.raises(InputError, match="#ff0000 alone"):
        read(tmp_path)
    np.testing.assert_array_equal(read(tmp_path, up="#ff0000")[0], [up])
    np.testing.assert_array_equal(read(tmp_path, up="#ffffff")[0], [-up])
    picture(RED, WHITE).save(tmp_path / "2.png")
    spins, lines = read(tmp_path)
    np.testing.assert_array_equal(spins, [up, SPINS])
    assert "#ff0000 alone read as up in 1 picture" in lines[0]
    picture(BLUE, RED).save(tmp_path / "3.png")  # red is up in one and down in the other
    with pytest.raises(InputError, match="#ff0000 alone"):
        read(tmp_path)
    for spin in (1, -1):  # both colours are in the palette
        to_image(Ising.space, spin * up, 2).save(tmp_path / "4.png")
        np.testing.assert_array_equal(read(tmp_path / "4.png")[0], [spin * up])
        Image.fromarray(spin * up < 0).save(tmp_path / "4.png")
        np.testing.assert_array_equal(read(tmp_path / "4.png")[0], [spin * up])


def screenshot(quality: int | None = None, margin: int = 0, blur: float = 0, noise: float = 0) -> bytes:
    """27 x 36 pixels enlarged to 5.4 a site, in dark blue and pale yellow; JPEG where a quality is given."""
    image = picture((20, 20, 120, 255), (250, 240, 180, 255), scale=9).convert("RGB")
    image = image.resize((43, 32), Image.Resampling.BILINEAR if blur else Image.Resampling.NEAREST)
    pixels = np.asarray(image, np.float64) + np.random.default_rng(3).normal(0, noise, (32, 43, 1))
    pixels = np.pad(pixels, ((margin, margin), (2 * margin, margin), (0, 0)), constant_values=255)
    buffer = io.BytesIO()
    options = {} if quality is None else {"quality": quality}
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG" if quality is None else "JPEG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("threshold", ["auto", 128.0])
@pytest.mark.parametrize(
    "data",
    [screenshot(90), screenshot(50), screenshot(noise=15), screenshot(blur=1), screenshot(70, margin=11, blur=1)],
)
def test_lossy_and_screen_pictures_on_request(data: bytes, threshold: float | str, tmp_path: Path) -> None:
    """Breaks when JPEG, noise, blurred edges, broken scales or margins change a spin, or no line says how it went."""
    path = tmp_path / ("a.jpg" if data.startswith(b"\xff\xd8") else "a.png")
    path.write_bytes(data)
    with pytest.raises(InputError, match="--threshold"):
        read(path)
    crop = (22, 11, 65, 43) if Image.open(path).width > 43 else None
    spins, lines = read(path, threshold=threshold, crop=crop)
    np.testing.assert_array_equal(spins[0], SPINS)
    np.testing.assert_array_equal(read(path, threshold=threshold, crop=crop, up="lighter")[0][0], -SPINS)
    np.testing.assert_array_equal(read(path, threshold=threshold, crop=crop, up="#faf0b4")[0][0], -SPINS)
    assert len(lines) == 1
    assert "mean greys" in lines[0]
    assert "0.0 % of the sites in the middle" in lines[0]


def test_pictures_that_do_not_separate(tmp_path: Path) -> None:
    """Breaks when a photograph, a picture of one colour or an uncut margin is split into spins without a word."""
    greys = np.random.default_rng(4).normal(128, 20, (60, 80)).clip(0, 255)
    Image.fromarray(np.kron(greys, np.ones((4, 4))).astype(np.uint8)[::10, ::10]).save(tmp_path / "noise.png")
    with pytest.raises(InputError, match="at most 10% of such sites"):
        read(tmp_path / "noise.png", threshold="auto")
    Image.new("RGB", (80, 60), (90, 90, 90)).save(tmp_path / "plain.png")
    with pytest.raises(InputError, match=r"one grey \(90\)"):
        read(tmp_path / "plain.png", threshold="auto")
    assert (read(tmp_path / "plain.png", threshold=128)[0] == 1).all()
    (tmp_path / "margin.jpg").write_bytes(screenshot(90, margin=11))
    with pytest.raises(InputError, match="proportions"):
        read(tmp_path / "margin.jpg", threshold="auto")
    picture(CLEAR, BLACK).save(tmp_path / "clear.png")
    with pytest.raises(InputError, match="opaque"):
        read(tmp_path / "clear.png", threshold="auto")


def test_margins_are_cut_away_to_the_pixel(tmp_path: Path) -> None:
    """Breaks when the crop counts from another corner, or its right and bottom are widths."""
    framed = Image.new("RGBA", (40, 30), RED)
    framed.paste(picture(BLACK, WHITE), (7, 5))
    framed.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read(tmp_path / "a.png", crop=(7, 5, 31, 23))[0][0], SPINS)
    with pytest.raises(InputError, match="inside the 40 x 30 pixels"):
        read(tmp_path / "a.png", crop=(7, 5, 41, 23))
    with pytest.raises(InputError, match="--crop"):
        read(tmp_path / "a.png")


@pytest.mark.parametrize(
    "rules",
    [
        {"up": "dark"},
        {"threshold": "otsu"},
        {"threshold": 0},
        {"threshold": float("nan")},
        {"crop": (5, 0, 5, 9)},
        {"crop": (0, 0, 9)},
        {"crop": (-1, 0, 9, 9)},
        {"values": (1, 1)},
        {"values": (0, float("nan"))},
        {"array": ""},
    ],
)
def test_rules_that_make_no_sense(rules: dict[str, object]) -> None:
    """Breaks when a rule is accepted that no picture or array can follow."""
    with pytest.raises(InputError, match=next(iter(rules))):
        Reading(**rules)  # type: ignore[arg-type]


@pytest.mark.parametrize(("side", "threshold"), [(12000, None), (12000, "auto"), (14000, None)])
def test_sizes_are_looked_at_before_pixels(
    side: int, threshold: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when 18 kB of PNG are unpacked to 144 million pixels before anything is compared."""
    buffer = io.BytesIO()
    Image.new("1", (side, side)).save(buffer, "PNG")
    (tmp_path / "a.png").write_bytes(buffer.getvalue())

    def load(self: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    with pytest.raises(InputError, match=f"{side} x {side} pixels|DecompressionBombError"):
        read(tmp_path / "a.png", threshold=threshold)


def test_no_decoder_runs_other_programs(tmp_path: Path) -> None:
    """Breaks when a file with the ending of a picture is given to any decoder that knows it, such as Ghostscript's."""
    content = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 6\n%%EndComments\nshowpage\n"
    (tmp_path / "a.png").write_text(content)
    assert Image.open(tmp_path / "a.png").format == "EPS"
    with pytest.raises(InputError, match="whole image"):
        read(tmp_path / "a.png")
