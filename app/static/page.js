// The conversation of the main page: it lives in this page's memory and nowhere else.
(() => {
  "use strict";

  // Gradio sets the page's language to the browser's own; its words are in the one that the server gave.
  const root = document.documentElement;
  const speak = () => {
    if (root.lang !== root.dataset.lang) root.lang = root.dataset.lang;
  };
  new MutationObserver(speak).observe(root, { attributeFilter: ["lang"] });
  speak();

  const wait = (find, then) => {
    const found = find();
    if (found) return then(found);
    const observer = new MutationObserver(() => {
      const late = find();
      if (late) {
        observer.disconnect();
        then(late);
      }
    });
    observer.observe(document.documentElement, { childList: true, subtree: true });
  };

  const GIVE_UP = 15000; // milliseconds; what has not come by then will not

  const early = document.querySelector("#early");
  const earlyBox = early.querySelector("textarea");
  const box = () => document.querySelector("#question textarea, #question input");

  const fill = (field, text) => {
    const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set;
    setter.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // What is asked before Gradio is there is asked as soon as it is.
  let held = new URLSearchParams(location.search).get("q") || "";
  const hold = (text) => {
    held = text;
    earlyBox.value = text;
    early.querySelector("[role=status]").textContent = early.dataset.waiting;
  };

  const ask = (text) => {
    const field = box();
    if (early.isConnected || !field) return hold(text);
    fill(field, text);
    requestAnimationFrame(() => document.querySelector("#ask").click());
  };

  let gradioLost = false; // once a call of it has failed it sends no more; the early form then sends to a plain page
  early.addEventListener("submit", (event) => {
    if (gradioLost) return;
    event.preventDefault();
    if (earlyBox.value.trim()) hold(earlyBox.value);
  });
  earlyBox.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    early.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const example = event.target.closest("button.example");
    if (!example || gradioLost) return;
    event.preventDefault(); // without a script it sends the early form
    ask(example.value);
  });
  if (held) hold(held);
  else if (earlyBox.value.endsWith("\n")) hold(earlyBox.value.trim()); // Enter was pressed before this script was there

  // Gradio's box takes the place of the early one, with what was typed into it, the focus and the cursor.
  const takeOver = (field) => {
    if (earlyBox.value) fill(field, earlyBox.value);
    const { selectionStart, selectionEnd } = earlyBox;
    const focused = document.activeElement === earlyBox;
    early.remove();
    if (focused) {
      field.focus({ preventScroll: true });
      field.setSelectionRange(selectionStart, selectionEnd);
    }
    if (held) ask(held);
  };

  // One short plain sentence says what has come: the question, and the verdict or the line that stands for it.
  const gist = (answer) => {
    const first = answer.querySelector(".safety h2, .card-title, .closest p, .nothing p") || answer;
    const verdict = answer.querySelector(".judgement .verdict strong");
    return [first.textContent.trim(), verdict ? verdict.textContent.trim() : ""].filter(Boolean).join(" ");
  };

  const start = (output) => {
    const status = document.createElement("p");
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    output.before(status);
    const earlier = document.createElement("ol");
    earlier.id = "conversation";
    output.before(earlier);

    const failed = document.createElement("p");
    failed.className = "error";
    failed.hidden = true;
    failed.textContent = early.dataset.failed;
    output.before(failed);

    let shown = null;
    let asking = "";
    let givingUp = 0;

    // An earlier answer folds to one line, and opens again where it stands.
    const fold = () => {
      if (!shown || !shown.copy.classList.contains("answer")) return;
      const item = document.createElement("li");
      const details = document.createElement("details");
      const line = document.createElement("summary");
      line.textContent = gist(shown.copy);
      details.append(line, shown.copy);
      item.append(details);
      earlier.append(item);
      shown = { ...shown, copy: document.createElement("p") };
    };

    // Room for the answer is made while the question is sent, so that nothing jumps when it comes.
    const makeRoom = () => {
      const question = box().value.trim();
      if (!question || question === asking) return;
      asking = question;
      fold();
      output.classList.add("waiting", "roomy");
      output.scrollIntoView({ block: "start", behavior: "auto" });
      failed.hidden = true;
      clearTimeout(givingUp);
      givingUp = setTimeout(() => {
        gradioLost = true;
        output.classList.remove("roomy");
        failed.hidden = false;
        status.textContent = failed.textContent;
        early.querySelector("[role=status]").textContent = "";
        earlyBox.value = question;
        document.querySelector("#asking").replaceWith(early);
        earlyBox.focus();
      }, GIVE_UP);
    };

    const arrived = () => {
      const answer = output.querySelector(".answer, .error");
      // The same element may have been opened or closed by its reader since; that makes it no new answer.
      if (!answer || (shown && (answer === shown.element || answer.isEqualNode(shown.original)))) return;
      fold();
      shown = { element: answer, original: answer.cloneNode(true), copy: answer.cloneNode(true) };
      output.classList.remove("waiting");
      clearTimeout(givingUp);
      failed.hidden = true;
      status.textContent = gist(answer);
      if (answer.classList.contains("error")) {
        output.scrollIntoView({ block: "start", behavior: "auto" });
        asking = ""; // the same question may be asked again
      }
      const field = box();
      if (field && answer.classList.contains("answer")) field.select();
    };
    new MutationObserver(arrived).observe(output, { childList: true, subtree: true });

    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && event.target === box()) makeRoom();
    }, true);
    document.addEventListener("click", (event) => {
      if (event.target.closest("#ask")) makeRoom();
    }, true);
    wait(() => document.querySelector("#ask") && box(), takeOver);
  };

  wait(() => document.querySelector("#answer"), start);
})();
