// Reads charts: the numbers of one place in a line below the drawing, and the drawing enlarged.
// The pointer chooses a place, or the arrow keys of a slider that lies over the drawing.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const HELP = "Arrow keys: another place. Plus and minus, or double click: larger and smaller.";
const MOST = 16; // times as large

function between(low, value, high) {
  return Math.min(Math.max(value, low), high);
}

// Everything but the texts for those who do not see the drawing moves into a group of its own.
function inside(area) {
  const group = document.createElementNS(SVG, "svg");
  group.setAttribute("overflow", "visible");
  group.append(...[...area.children].filter((child) => !child.id));
  area.append(group);
  return group;
}

function slider(figure, count) {
  const input = document.createElement("input");
  const reading = document.createElement("output");
  Object.assign(input, { type: "range", min: 0, max: count - 1, value: count - 1, title: HELP });
  input.setAttribute("aria-label", `Numbers of ${figure.querySelector("title").textContent}`);
  reading.className = "quiet";
  reading.textContent = "\u00a0"; // keeps its height
  figure.querySelector(".plot").append(input);
  figure.querySelector(".plot").after(reading);
  return [input, reading];
}

function chart(figure) {
  const area = figure.querySelector(".area");
  const places = [...figure.querySelectorAll(".area g")];
  const [input, reading] = slider(figure, places.length);
  const group = inside(area);
  let scale = 1;
  let left = 0; // of the enlarged drawing, the part of it that is hidden

  function read(index) {
    const text = places[index].querySelector("title").textContent;
    figure.querySelector(".at")?.classList.remove("at");
    places[index].classList.add("at");
    input.value = index;
    input.setAttribute("aria-valuetext", text);
    reading.textContent = text;
  }

  function show() {
    group.setAttribute("width", `${100 * scale}%`);
    group.setAttribute("x", `${-100 * scale * left}%`);
    area.classList.toggle("larger", scale > 1);
  }

  function enlarge(factor) {
    const middle = (Number(input.value) + 0.5) / places.length;
    scale = between(1, scale * factor, MOST);
    left = between(0, middle - 0.5 / scale, 1 - 1 / scale);
    show();
  }

  function follow() {
    const middle = (Number(input.value) + 0.5) / places.length;
    if (middle < left || middle > left + 1 / scale) {
      enlarge(1);
    }
  }

  input.addEventListener("pointermove", (event) => {
    const box = area.getBoundingClientRect();
    const x = left + (event.clientX - box.left) / box.width / scale;
    read(between(0, Math.floor(x * places.length), places.length - 1));
  });
  input.addEventListener("input", () => {
    read(Number(input.value));
    follow();
  });
  input.addEventListener("focus", () => read(Number(input.value)));
  input.addEventListener("dblclick", () => enlarge(scale < MOST ? 2 : 0));
  input.addEventListener("keydown", (event) => {
    const factor = { "+": 2, "-": 0.5, Escape: 0 }[event.key];
    if (factor !== undefined) {
      event.preventDefault();
      enlarge(factor);
    }
  });
}

document.querySelectorAll(".chart:has(.area g)").forEach(chart);
