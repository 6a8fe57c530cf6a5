// What `explainer check-embed` looks at in a page and its frames; it runs in its browser, before anything of theirs.
(() => {
  "use strict";

  // The widget is closed to the page around it, and nothing reaches into what is closed: here it is made open.
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (how) {
    return attach.call(this, this.localName === "explainer-widget" ? { ...how, mode: "open" } : how);
  };

  const violations = [];
  addEventListener("securitypolicyviolation", (event) => {
    violations.push({
      directive: event.effectiveDirective,
      blocked: event.blockedURI,
      source: event.sourceFile || "",
      policy: event.originalPolicy,
      enforced: event.disposition === "enforce",
    });
  });

  const pathOf = (url) => (URL.canParse(url) ? new URL(url).pathname : "");
  const above = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;

  // Every line of the page that puts us on it.
  const lines = () => {
    const found = [];
    for (const script of document.querySelectorAll("script[src]")) {
      const name = /\/widget\/([^/]+)\.js$/.exec(pathOf(script.src))?.[1];
      if (!name || !(script.dataset.site || /^v?\d+(\.\d+)*$/.test(name))) continue;
      found.push({
        form: "inline" in script.dataset ? "inline" : "script",
        url: script.src,
        site: script.dataset.site || "",
        integrity: script.integrity,
        crossorigin: script.crossOrigin !== null,
        kind: script.type,
      });
    }
    for (const frame of document.querySelectorAll("iframe[src]")) {
      const site = /\/embed\/([a-z0-9-]+)$/.exec(pathOf(frame.src))?.[1];
      if (site) found.push({ form: "frame", url: frame.src, site, title: frame.title });
    }
    return found;
  };

  const metas = () => {
    const found = document.querySelectorAll("meta[http-equiv='content-security-policy' i]");
    return [...found].map((meta) => meta.content);
  };

  // Whether a reader sees an element where it is; `whole` if all of it must be in the window.
  const spot = (element, whole) => {
    if (!whole) element.scrollIntoView({ block: "center", behavior: "instant" });
    const box = element.getBoundingClientRect();
    const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)];
    const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
    const root = element.getRootNode();
    let over = "";
    for (const [x, y] of [[0.5, 0.5], [0.2, 0.5], [0.8, 0.5], [0.5, 0.2], [0.5, 0.8]]) {
      const point = [left + x * (right - left), top + y * (bottom - top)];
      let hit = document.elementFromPoint(...point);
      if (hit && hit === root.host) hit = root.elementFromPoint(...point);
      if (hit && !element.contains(hit)) over ||= hit.localName + (hit.id && `#${hit.id}`);
    }
    let opacity = 1;
    for (let at = element; at; at = above(at)) opacity *= Number(getComputedStyle(at).opacity);
    const [wide, high] = [box.left >= 0 && box.right <= innerWidth, box.top >= 0 && box.bottom <= innerHeight];
    return {
      visible: element.checkVisibility({ checkVisibilityCSS: true }) && box.width > 0 && box.height > 0,
      inside: wide && (high || !whole),
      over,
      opacity,
      width: box.width,
      height: box.height,
      scale: element.offsetWidth ? box.width / element.offsetWidth : 1,
    };
  };

  const colours = (element) => {
    const grounds = [];
    for (let at = element; at; at = above(at)) grounds.push(getComputedStyle(at).backgroundColor);
    const ground = grounds.find((colour) => !/^(transparent|rgba\(.*, 0\))$/.test(colour));
    return { ink: getComputedStyle(element).color, ground: ground || "white" };
  };

  // What of an answer a reader sees; text of fewer than `smallest` pixels counts as not seen.
  const shown = (smallest) => {
    for (const more of document.querySelectorAll("#answer details.more")) more.open = true;
    const sees = (element) => {
      if (!element?.textContent.trim()) return false;
      if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return false;
      const box = element.getBoundingClientRect();
      const inside = box.width > 0 && box.height > 0 && box.left >= 0 && box.right <= innerWidth + 1;
      return inside && parseFloat(getComputedStyle(element).fontSize) >= smallest;
    };
    const passages = [...document.querySelectorAll("#answer .passage")];
    return {
      passages: passages.length,
      bare: passages.filter((passage) => !sees(passage.querySelector(".label > summary"))).length,
      interest: sees(document.querySelector(".interest")),
      promise: sees(document.querySelector("#answer .promise")),
    };
  };

  const kept = async () => {
    const places = {
      cookies: () => document.cookie,
      localStorage: () => localStorage.length,
      sessionStorage: () => sessionStorage.length,
      IndexedDB: async () => (await indexedDB.databases()).length,
      caches: async () => (await caches.keys()).length,
    };
    const found = [];
    for (const [name, holds] of Object.entries(places)) {
      try {
        if (await holds()) found.push(name);
      } catch {
        // what a browser does not give keeps nothing
      }
    }
    return found;
  };

  // Puts a frame of ours on the page as the loader would, to hear what the page's policy says of it.
  const probe = (url) =>
    new Promise((done) => {
      const frame = document.createElement("iframe");
      const end = () => {
        frame.remove();
        done();
      };
      frame.addEventListener("load", () => setTimeout(end, 100));
      setTimeout(end, 3000);
      frame.hidden = true;
      frame.src = url;
      document.body.append(frame);
    });

  window[Symbol.for("explainer-check")] = { violations, lines, metas, spot, colours, shown, kept, probe };
})();
