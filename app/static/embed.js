// The page in a frame as a conversation: it lives in this page's memory and nowhere else.
(() => {
  "use strict";

  const GIVE_UP = 15000; // milliseconds; what has not come by then will not
  const root = document.documentElement;
  const origins = root.dataset.origins.split(" ").filter(Boolean);
  const box = document.querySelector("#question");
  const output = document.querySelector("#answer");
  const status = document.querySelector("#status");
  const earlier = document.querySelector("#conversation");

  // -- with the page around us: it says hello, and only an origin that may show us gets a word --
  let tell = () => {};
  let inline = false;

  const grow = () => tell({ type: "height", height: Math.ceil(document.body.getBoundingClientRect().height) });
  const watch = new ResizeObserver(grow);

  addEventListener("message", (event) => {
    if (parent === window || event.source !== parent || !origins.includes(event.origin)) return;
    const said = event.data || {};
    if (said.type === "hello") {
      inline = said.inline === true;
      root.classList.toggle("inline", inline);
      tell = (message) => parent.postMessage(message, event.origin);
      tell({ type: "ready" });
      if (inline) {
        grow(); // at once, since nothing is watched in a frame that is out of sight
        watch.observe(document.body);
      }
    }
    if (said.type === "focus" && box) box.focus({ preventScroll: true });
  });

  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) tell({ type: "close" });
  });

  // A frame may share only where the page around it allows it; copying says the same.
  if (navigator.canShare && !navigator.canShare({ url: location.href })) root.classList.add("no-share");

  if (!box) return;

  // -- the conversation --
  const gist = (answer) => {
    const first = answer.querySelector(".safety h2, .card-title, .closest p, .nothing p") || answer;
    const verdict = answer.querySelector(".judgement .verdict strong");
    return [first.textContent.trim(), verdict ? verdict.textContent.trim() : ""].filter(Boolean).join(" ");
  };

  // An earlier answer folds to one line, and opens again where it stands.
  const fold = () => {
    const answer = output.querySelector(".answer");
    if (answer) {
      const line = document.createElement("summary");
      line.textContent = gist(answer);
      const details = document.createElement("details");
      details.append(line, answer);
      const item = document.createElement("li");
      item.append(details);
      earlier.append(item);
    }
    output.replaceChildren();
  };

  const sent = async (question) => {
    const response = await fetch(location.pathname, {
      method: "POST",
      body: new URLSearchParams({ question }),
      headers: { accept: "text/html" },
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(GIVE_UP),
    });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.querySelector(".answer, .error, .notice");
  };

  // What stays at the top hides as much of what is scrolled to: a site's name may take three lines.
  const show = () => {
    const strip = document.querySelector(".interest");
    const stays = getComputedStyle(strip).position === "sticky";
    root.style.scrollPaddingTop = stays ? `${strip.offsetHeight + 8}px` : "0";
    output.scrollIntoView({ block: "start" });
  };

  const away = () => {
    const line = document.createElement("p");
    line.className = "error";
    line.textContent = root.dataset.away;
    return line;
  };

  let asking = false;
  const ask = async (question) => {
    if (asking) return;
    asking = true;
    status.textContent = "";
    fold();
    output.classList.add("roomy");
    show();
    const found = (await sent(question).catch(() => null)) || away();
    output.replaceChildren(document.adoptNode(found));
    status.textContent = gist(found);
    show();
    // On a screen that is touched, a focus in the box would keep the keyboard over the answer.
    const touched = matchMedia("(pointer: coarse)").matches;
    if (touched) {
      found.tabIndex = -1;
      found.focus({ preventScroll: true });
    } else {
      box.focus({ preventScroll: true });
      box.select();
    }
    asking = false;
  };

  for (const form of document.forms) {
    form.noValidate = true; // what is wrong with a question is said in our own words
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const example = event.submitter && event.submitter.value;
      if (example) box.value = example;
      ask(box.value);
    });
  }

  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    box.form.requestSubmit();
  });
})();
