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

// A button, or a link that leads to the text without a script.
function copyButton(button) {
  const source = document.getElementById(button.dataset.copy);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    copy(source.value, button, () => {
      source.closest("details").open = true;
      source.select();
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

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("query").select();
  }
});

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-theme-switch]").forEach(themeSwitch);
  document.querySelectorAll("[data-copy]").forEach(copyButton);
  document.querySelectorAll("[data-copy-text]").forEach(copyTextButton);
});
