"""Cuts the fonts that documents are set in down to the characters in ``fonts/characters.txt``.

``python -m biaobao.adapters.typesetting.cut_fonts NotoSerifSC_400Regular.ttf NotoSansSC_500Medium.ttf``, with
the files of the npm packages ``@expo-google-fonts/noto-serif-sc`` and ``…/noto-sans-sc``. Needs fontTools.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

FONTS = Path(__file__).parent / "fonts"


def cut(font: Path) -> None:
    # Names with copyright and licence stay; hints and alternates go.
    options = subset.Options(hinting=False, glyph_names=False, name_IDs=["*"])
    options.layout_features = ["kern", "mark", "ccmp", "locl"]
    opened = subset.load_font(str(font), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=(FONTS / "characters.txt").read_text())
    cutter.subset(opened)
    subset.save_font(opened, str(FONTS / font.name), options)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        cut(Path(name))
