// Conveniences; every page is complete without them.
"use strict";

const THEMES = ["light", "dark"];

function chosenTheme() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage is switched off
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // not remembered, then
  }
}

// Before anything is drawn, so that the page does not flash.
if (THEMES.includes(chosenTheme())) {
  document.documentElement.dataset.theme = chosenTheme();
}

function themeSwitch(button) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const current = () => document.documentElement.dataset.theme || THEMES[Number(dark.matches)];
  const other = () => THEMES[1 - THEMES.indexOf(current())];
  const label = () => {
    button.textContent = other() === "dark" ? "Dark" : "Light";
  };
  button.addEventListener("click", () => {
    setTheme(other());
    label();
  });
  dark.addEventListener("change", label);
  label();
  button.hidden = false;
}

async function copy(text, button, otherwise) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    otherwise();
  }
}

// A button, or a link that leads to the text without a script. A button without the id of a text
// copies what is before it.
function copyButton(button) {
  const id = button.dataset.copy;
  const source = id ? document.getElementById(id) : button.previousElementSibling;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    copy(source.value ?? source.textContent, button, () => {
      source.closest("details")?.setAttribute("open", "");
      source.select ? source.select() : getSelection().selectAllChildren(source);
      button.textContent = "Selected: press Ctrl+C";
    });
  });
  button.hidden = false;
}

function copyTextButton(button) {
  button.addEventListener("click", () => {
    copy(button.dataset.copyText, button, () => {
      button.textContent = "Copy it from the address bar";
    });
  });
  button.closest("[hidden]").hidden = false;
}

// What opens over the page closes when something else is chosen.
function popup(details) {
  const closeOutside = (element) => {
    if (element && !details.contains(element)) {
      details.open = false;
    }
  };
  details.addEventListener("focusout", (event) => closeOutside(event.relatedTarget));
  document.addEventListener("pointerdown", (event) => closeOutside(event.target));
}

// Closes the innermost of what was opened, from inside of it or from its summary.
function closeOpened(element) {
  const opened = element.closest("details[open]");
  if (opened) {
    opened.open = false;
    opened.querySelector("summary").focus();
  }
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("query").select();
  } else if (event.key === "Escape" && !event.target.matches(":read-write, select")) {
    closeOpened(event.target);
  }
});

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-theme-switch]").forEach(themeSwitch);
  document.querySelectorAll("[data-copy]").forEach(copyButton);
  document.querySelectorAll("[data-copy-text]").forEach(copyTextButton);
  document.querySelectorAll(".forms details").forEach(popup);
  const pages = document.querySelector(".pagelinks");
  const current = pages.querySelector("[aria-current]");
  if (current) {
    pages.scrollLeft = current.offsetLeft - pages.clientWidth / 2; // in sight on a narrow screen
  }
  pages.addEventListener("focusin", (event) => {
    event.target.scrollIntoView({ block: "nearest", inline: "nearest" }); // whole, not its edge
  });
});
