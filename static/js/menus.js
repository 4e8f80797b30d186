const GAP = 8;

// CSS places the menus; this is for browsers without anchor positioning.
function place(menu) {
  const anchor = document.querySelector(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const fitsBelow = anchor.bottom + height + GAP < innerHeight;
  menu.style.inset = "auto";
  menu.style.left = `${Math.max(GAP, anchor.right - width)}px`;
  menu.style.top = `${fitsBelow ? anchor.bottom : anchor.top - height - GAP}px`;
}

if (!CSS.supports("position-area: block-end")) {
  // The toggle event does not bubble.
  document.addEventListener("toggle", ({ target, newState }) => {
    if (newState === "open" && target.matches(".menu[popover]")) place(target);
  }, true);
}
