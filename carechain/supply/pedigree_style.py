"""How the drawing of a pedigree looks, in the light and in the dark."""

from __future__ import annotations

STYLE = """
  .page { fill: #ffffff; }
  .lane { fill: #f4f7fa; }
  .grid { stroke: #dbe2ea; stroke-width: 1; }
  text { font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; fill: #1d2733; }
  .title { font-size: 22px; font-weight: 650; }
  .unit { font-size: 13px; fill: #55636f; }
  .holder { font-size: 13.5px; font-weight: 600; }
  .what { font-size: 11.5px; font-weight: 600; }
  .when, .soft { font-size: 10.5px; fill: #55636f; }
  .cell { font-size: 11.5px; }
  .head { font-size: 11px; font-weight: 600; fill: #55636f; }
  .number { font-size: 9px; font-weight: 700; fill: #ffffff; text-anchor: middle; }
  .box { fill: #ffffff; stroke: #d3dce5; }
  .leader { stroke: #b6c2ce; stroke-width: 1; }
  .custody { fill: none; stroke: #33658a; stroke-width: 3; stroke-linecap: round; }
  .transit { fill: none; stroke: #33658a; stroke-width: 2.2; stroke-dasharray: 5 5; }
  .good { fill: #2a7f5f; }
  .plain { fill: #33658a; }
  .watch { fill: #b4690e; }
  .bad { fill: #b3261e; }
  .hold { fill: #f0a93b; fill-opacity: 0.16; }
  .recall { fill: #d5443b; fill-opacity: 0.13; }
  .badge { font-size: 13px; font-weight: 650; fill: #ffffff; text-anchor: middle; }
  .band { fill: #2a7f5f; fill-opacity: 0.13; }
  .limit { stroke: #2a7f5f; stroke-width: 1; stroke-dasharray: 3 3; }
  .curve { fill: none; stroke: #33658a; stroke-width: 1.6; stroke-linejoin: round; }
  .beyond { stroke: #b3261e; stroke-width: 2.4; }
  .cut { fill: none; stroke: #7d8b99; stroke-width: 1.4; }
  .middle { text-anchor: middle; }
  .end { text-anchor: end; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #151d26; }
    .lane { fill: #1c2732; }
    .grid { stroke: #2f3d4b; }
    text { fill: #e8eef4; }
    .unit, .when, .soft, .head { fill: #a9b7c4; }
    .box { fill: #22303d; stroke: #3a4b5b; }
    .leader { stroke: #526373; }
    .custody, .transit, .curve { stroke: #7db4dc; }
    .beyond { stroke: #ff8a80; }
    .number, .badge { fill: #ffffff; }
    text.watch { fill: #f0b45a; }
    text.bad { fill: #ff8a80; }
  }
"""
