// The widget on a site's own page: a button that opens the answers in a frame of ours, or the frame in the page itself.
// It asks nobody for anything before it is opened, keeps nothing, and reaches nothing of the page around it.
(() => {
  "use strict";

  const WORDS = {"en":{"widget_open":"Check a claim","widget_close":"Close","widget_frame":"Ask what is known about a claim","widget_away":"The answers cannot be reached just now. Please try again later.","widget_fallback":"Read the cards on another page"},"es":{"widget_open":"Comprobar una afirmación","widget_close":"Cerrar","widget_frame":"Pregunte qué se sabe de una afirmación","widget_away":"Ahora no se puede llegar a las respuestas. Inténtelo más tarde.","widget_fallback":"Leer las fichas en otra página"}};
  const PATIENCE = 8000; // milliseconds; error pages load as well, so only a word from our page shows that it is there
  const LOWEST = 120; // pixels
  const HIGHEST = 4000;

  const script = document.currentScript;
  if (!script || !script.src || !script.dataset.site) return;
  const data = script.dataset;
  const base = new URL("../", script.src);
  const inline = "inline" in data;
  const tongues = [data.language, document.documentElement.lang].map((tag) => (tag || "").toLowerCase().split("-")[0]);
  const language = tongues.find((tag) => Object.hasOwn(WORDS, tag)) || "en";
  const say = WORDS[language];

  // No style attribute and no style element: a strict policy of the page forbids both.
  const LOOK = `
:host { all: initial !important; display: ${inline ? "block" : "contents"} !important; }
.all {
  --paper: #fbf9f5; --sheet: #ffffff; --ink: #1d2327; --line: #d9d2c5; --accent: #0b5a5e; --accent-ink: #ffffff;
  color-scheme: light dark; color: var(--ink);
  font: 1em/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  .all { --paper: #14191c; --sheet: #1c2327; --ink: #eef1f2; --line: #3b464d; --accent: #7fd0cf; --accent-ink: #0c2223; }
}
*, ::after { box-sizing: border-box; }
p { margin: 0; }
button {
  display: inline-flex; align-items: center; gap: .5em; min-height: 2.75em; padding: .4em 1em;
  font: inherit; font-weight: 600; cursor: pointer; border: 2px solid var(--accent); border-radius: .625em;
  color: var(--accent); background: var(--sheet);
}
svg {
  flex: none; width: 1.3em; height: 1.3em; fill: none; stroke: currentColor; stroke-width: 1.8;
  stroke-linecap: round; stroke-linejoin: round;
}
a { color: var(--accent); text-underline-offset: .15em; display: inline-block; padding-block: .3em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.open, .panel { position: fixed; z-index: 2147483647; inset: auto 1em 1em auto; }
.left .open, .left .panel { inset: auto auto 1em 1em; }
.all .open {
  bottom: max(1em, env(safe-area-inset-bottom)); color: var(--accent-ink); background: var(--accent);
  border-radius: 2em; box-shadow: 0 .1em .9em #0004;
}
.open:focus-visible { outline-color: var(--ink); }
.open[aria-expanded="true"] { visibility: hidden; }
.all .panel {
  bottom: calc(1em + var(--under, 0px)); margin: 0; padding: 0; overflow: hidden; flex-direction: column;
  width: 27em; height: 44em; max-width: calc(100vw - 2em); max-height: calc(var(--seen, 100dvh) - 2em);
  color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .8em;
  box-shadow: 0 .4em 2.5em #0005;
}
.panel[open] { display: flex; }
.panel::backdrop { background: none; }
.head {
  display: flex; align-items: center; justify-content: space-between; gap: 1em; padding: .5em .5em .5em 1em;
  background: var(--sheet); border-bottom: 1px solid var(--line);
}
.head button { border-color: transparent; padding-inline: .7em; }
.name { font: 600 1em/1.25 ui-serif, Georgia, "Noto Serif", "DejaVu Serif", serif; }
.room { position: relative; flex: 1; min-height: 0; background: var(--paper); }
.room.inline { height: 30em; border: 1px solid var(--line); border-radius: .625em; overflow: hidden; }
.room.inline.away { height: auto !important; }
.room:not(.ready, .away)::after {
  content: ""; position: absolute; inset: 0; margin: auto; width: 2em; height: 2em;
  border: 3px solid var(--line); border-top-color: var(--accent); border-radius: 50%;
}
iframe { display: block; width: 100%; height: 100%; border: 0; }
.room:not(.ready) iframe { opacity: 0; }
.room.away iframe { display: none; }
.away [role="status"] { padding: 1.2em 1em; }
@media (max-width: 30em), (max-height: 30em) {
  .all .panel {
    inset: var(--above, 0px) 0 auto; width: 100%; height: var(--seen, 100dvh); max-width: none; max-height: none;
    border: 0; border-radius: 0; padding-bottom: env(safe-area-inset-bottom); overscroll-behavior: contain;
  }
}
@media (prefers-reduced-motion: no-preference) {
  @keyframes turn { to { rotate: 1turn; } }
  @keyframes rise { from { opacity: 0; translate: 0 .6em; } }
  .room:not(.ready, .away)::after { animation: turn 1s linear infinite; }
  .panel[open] { animation: rise .15s ease-out; }
}
@media print { .open, .panel { display: none !important; } }
`;

  const make = (tag, attributes, ...children) => {
    const drawn = ["svg", "path", "circle"].includes(tag);
    const element = drawn ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const icon = (...shapes) => make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, ...shapes);

  const webAddress = (text) => {
    try {
      const url = new URL(text);
      return ["https:", "http:"].includes(url.protocol) ? url.href : "";
    } catch {
      return "";
    }
  };
  const fallback = webAddress(data.fallback);

  const host = make("explainer-widget", { lang: language });
  const shadow = host.attachShadow({ mode: "closed" });
  const status = make("p", { role: "status" });
  const room = make("div", { class: inline ? "room inline" : "room" }, status);
  let frame = null;
  let timer = 0;

  const turn = (state) => {
    room.classList.remove("ready", "away");
    if (state) room.classList.add(state);
    status.replaceChildren();
  };

  const tell = (type) => frame.contentWindow.postMessage({ type, inline }, base.origin);

  const giveUp = () => {
    turn("away");
    status.append(say.widget_away);
    if (!fallback) return;
    const link = make("a", { href: fallback, target: "_blank", rel: "noopener noreferrer" }, say.widget_fallback);
    status.append(" ", link);
  };

  const call = () => {
    if (frame) frame.remove();
    turn("");
    const may = "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-modals";
    frame = make("iframe", {
      title: say.widget_frame,
      sandbox: may, // the last word is for printing
      allow: navigator.share ? "clipboard-write; web-share" : "clipboard-write",
      referrerpolicy: "no-referrer",
      loading: "eager",
      src: new URL(`embed/${encodeURIComponent(data.site)}`, base).href,
    });
    frame.addEventListener("load", () => tell("hello"));
    frame.addEventListener("error", giveUp);
    clearTimeout(timer);
    timer = setTimeout(giveUp, PATIENCE);
    room.append(frame);
  };

  const close = icon(make("path", { d: "M6 6l12 12M18 6L6 18" }));
  const closer = make("button", { type: "button" }, close, say.widget_close);
  const head = make("div", { class: "head" }, make("p", { class: "name", id: "name" }, say.widget_frame), closer);
  const panel = make("dialog", { class: "panel", id: "panel", "aria-labelledby": "name" }, head);
  const lens = icon(make("circle", { cx: 10.5, cy: 10.5, r: 6.5 }), make("path", { d: "M15.5 15.5L21 21" }));
  const opener = make("button", { class: "open", type: "button", "aria-haspopup": "dialog" }, lens, say.widget_open);
  opener.setAttribute("aria-controls", "panel");
  opener.setAttribute("aria-expanded", "false");

  const enter = () => {
    frame.focus();
    tell("focus");
  };

  // What an on-screen keyboard leaves of the window; while a reader has zoomed in, it would be the part looked at.
  const view = window.visualViewport;
  const fit = () => {
    if (!view || view.scale > 1.01) return;
    const under = document.documentElement.clientHeight - view.height - view.offsetTop;
    const sizes = { seen: view.height, above: view.offsetTop, under: Math.max(0, under) };
    for (const [name, size] of Object.entries(sizes)) panel.style.setProperty(`--${name}`, `${size}px`);
  };

  const open = () => {
    opener.setAttribute("aria-expanded", "true");
    fit();
    // A panel that fills the screen hides the page, so the focus must not wander there.
    if (matchMedia("(max-width: 30em), (max-height: 30em)").matches) panel.showModal();
    else panel.show();
    if (room.classList.contains("ready")) enter();
    else if (!frame || room.classList.contains("away")) call();
  };

  panel.addEventListener("close", () => {
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  });
  opener.addEventListener("click", open);
  closer.addEventListener("click", () => panel.close());
  shadow.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !panel.open) return;
    event.stopPropagation();
    panel.close();
  });

  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== base.origin) return;
    const { type, height } = event.data || {};
    if (type === "ready") {
      clearTimeout(timer);
      turn("ready");
      if (panel.contains(shadow.activeElement)) enter();
    } else if (type === "close") {
      panel.close();
    } else if (type === "height" && inline && Number.isFinite(height)) {
      room.style.height = `${Math.min(HIGHEST, Math.max(LOWEST, height))}px`;
    }
  });

  // One button a page, and one frame a place, however often the script is there.
  const start = () => {
    const place = inline ? data.inline || script : "";
    const made = (document[Symbol.for("explainer-widget")] ??= new Map());
    if (made.get(place)?.isConnected) return;
    made.set(place, host);
    const look = new CSSStyleSheet();
    look.replaceSync(LOOK);
    shadow.adoptedStyleSheets = [look];
    const all = make("div", { class: data.position === "left" ? "all left" : "all" });
    shadow.append(all);
    if (!inline) {
      panel.append(room);
      all.append(opener, panel);
      if (view) for (const change of ["resize", "scroll"]) view.addEventListener(change, fit);
      document.body.append(host);
      return;
    }
    all.append(room);
    const spot = document.getElementById((data.inline || "").replace("#", ""));
    if (spot) spot.append(host);
    else script.after(host);
    call();
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
