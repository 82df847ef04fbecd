"""Goes through a page in a real browser by keyboard alone, and says what cannot be done so.

Keys are real; what they lead to is noted inside of the page, so that a press costs little.
"""

from playwright.sync_api import Page

# Scripts that listen to the mouse make what they listen on interactive. Runs before theirs.
BEFORE = """
window.listening = new Set();
const listen = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (type, ...others) {
  if (/^(click|dblclick|mouse|pointer)/.test(type) && this instanceof Element) {
    window.listening.add(this);
  }
  return listen.call(this, type, ...others);
};
"""

# Returns for each stop in the order of the document what is to be pressed there.
PREPARE = """() => {
  const NATIVE = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const problems = [], stops = [], marks = new Map(), states = new Map();
  const name = (one) => one === document.body ? "the top" : `${one.localName} ` + JSON.stringify(
    (one.getAttribute("aria-label") || one.textContent || one.name || one.id).trim().slice(0, 60));
  const shown = (one) => one.checkVisibility({ visibilityProperty: true })
    && one.getClientRects().length > 0 && !one.disabled;
  const look = (one) => [one, one.parentElement, one.labels?.[0]].filter(Boolean).map((at) => {
    const style = getComputedStyle(at);
    const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const outline = drawn ? style.outlineWidth + style.outlineColor : "";
    return [outline, style.boxShadow, style.borderColor].join();
  }).join(";");
  const details = [...document.querySelectorAll("details:not([open])")];
  details.forEach((one) => { one.open = true; });
  const groups = new Set();
  for (const one of document.body.querySelectorAll("*")) {
    if (!shown(one)) continue;
    const style = getComputedStyle(one);
    const native = one.matches(NATIVE);
    const scrolls = /auto|scroll/.test(style.overflowX + style.overflowY)
      && (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight)
      && !one.matches("textarea, input, select") && !one.querySelector(NATIVE);
    const radio = one.type === "radio" && one.name;
    if (radio && groups.has(radio)) continue;
    if (radio) groups.add(radio);
    if (native || scrolls || window.listening.has(one) || one.tabIndex >= 0) {
      stops.push(one);
      const custom = !native && window.listening.has(one);
      if (custom) problems.push(`${name(one)} listens to the mouse, but is no control`);
    } else if (style.cursor === "pointer" && !one.closest(`${NATIVE}, label`)) {
      problems.push(`${name(one)} looks as if it could be clicked`);
    }
  }
  stops.forEach((one) => marks.set(one, look(one)));
  details.forEach((one) => { one.open = false; });
  const keys = stops.map((one, at) => {
    if (one.localName === "summary" && details.includes(one.parentElement)) {
      return ["Enter", "Space"][at % 2];
    }
    return one.type === "range" ? "ArrowLeft" : "";
  });
  const reached = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const one = document.activeElement;
    reached.push(one);
    if (one === document.body) return;
    if (look(one) === marks.get(one)) problems.push(`${name(one)} does not show the focus`);
    const boxes = [...one.getClientRects()].slice(0, 3);
    const free = boxes.some((box) => {
      const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return at && (one.contains(at) || at.contains(one));
    });
    if (!free) problems.push(`${name(one)} is hidden while it has the focus`);
    if (one.localName === "summary" && details.includes(one.parentElement)
      && !one.parentElement.open) problems.push(`${name(one)} does not open`);
    if (one.type === "range" && !one.closest("figure").querySelector("output").textContent.trim()) {
      problems.push(`${name(one)} says nothing`);
    }
  }, true);
  window.keyboardProblems = () => {
    const wrong = [document.body, ...stops].findIndex((one, at) => one !== reached[at]);
    if (wrong >= 0) {
      const expected = [document.body, ...stops][wrong], instead = reached[wrong];
      problems.push(`Tab leads to ${instead && name(instead)} instead of ${name(expected)}`);
    }
    return problems;
  };
  return keys;
}"""


def problems(page: Page) -> list[str]:
    """Press Tab from the top of a page to its end, open what can be opened; return what is amiss.

    All that a mouse reaches is to be reached in the order of the document, visible, with a visible
    focus, and is to be a native control, which keys activate. After the last one comes the top.
    """
    tab = {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    keys = page.evaluate(PREPARE)
    protocol = page.context.new_cdp_session(page)
    for key in keys:
        protocol.send("Input.dispatchKeyEvent", tab)
        if key:
            page.keyboard.press(key)
    protocol.send("Input.dispatchKeyEvent", tab)
    protocol.detach()
    listed: list[str] = page.evaluate("keyboardProblems()")
    return listed
