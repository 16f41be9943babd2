"""How well text stands out from what is behind it, by the styles that a browser computed."""

from playwright.sync_api import Locator

ENOUGH = 4.5  # level AA of WCAG 2.2, success criterion 1.4.3, for text of ordinary size

COLOURS = """
root => {
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const painted = colour => {
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const behind = element => {
    if (element === null) return painted("white");
    behind(element.parentElement);
    return painted(getComputedStyle(element).backgroundColor);
  };
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim(), element = texts.currentNode.parentElement;
    if (text && element.checkVisibility()) {
      const paper = behind(element);
      found.push([text, painted(getComputedStyle(element).color), paper]);
    }
  }
  return found;
}
"""


def contrasts(root: Locator) -> list[tuple[str, float]]:
    """Return every visible text in an element with its contrast ratio, from 1 to 21.

    Colours that are partly transparent are painted over those behind them.
    """
    return [(text, ratio(ink, paper)) for text, ink, paper in root.evaluate(COLOURS)]


def ratio(ink: list[int], paper: list[int]) -> float:
    """Return the contrast ratio of two colours, as WCAG 2.2 defines it."""
    dark, light = sorted(map(luminance, (ink, paper)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[int]) -> float:
    """Return the relative luminance of red, green and blue from 0 to 255."""
    shares = [value / 255 for value in colour]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
