/** Keys of the page in view. What is bound is also what `?` shows, so that the help cannot lie. */
import { useEffect, useRef } from "react";

export interface KeyBinding {
  /** "j", "Enter", "Escape", "mod+k", or two keys after each other: "g l". */
  keys: string;
  label: string;
  group: string;
  run: () => void;
  /** Also while a field has the focus. */
  everywhere?: boolean;
}

const layers: { current: KeyBinding[] }[] = [];
const SEQUENCE_MS = 900;
let pending = "";
let pendingAt = 0;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Keys that a focused control answers itself. */
function belongsToControl(event: KeyboardEvent): boolean {
  const isPress = event.key === "Enter" || event.key === " ";
  const target = event.target as HTMLElement | null;
  return isPress && !!target?.closest("button, a, summary, [role=menuitem], [role=tab]");
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key === " " ? "Space" : event.key;
  return event.metaKey || event.ctrlKey ? `mod+${key.toLowerCase()}` : key;
}

function find(name: string): KeyBinding | undefined {
  for (let at = layers.length - 1; at >= 0; at -= 1) {
    const found = layers[at]?.current.find((binding) => binding.keys === name);
    if (found) return found;
  }
  return undefined;
}

window.addEventListener("keydown", (event) => {
  if (event.altKey || event.defaultPrevented) return;
  const name = nameOf(event);
  const isModal = document.querySelector("dialog[open]") !== null;
  const isSequence = pending !== "" && event.timeStamp - pendingAt < SEQUENCE_MS;
  const binding = (isSequence ? find(`${pending} ${name}`) : undefined) ?? find(name);
  pending = "";
  if (binding && (isTyping(event.target) || isModal) && !binding.everywhere) return;
  if (binding && !belongsToControl(event)) {
    event.preventDefault();
    binding.run();
  } else if (name === "g" && !isTyping(event.target) && !isModal) {
    pending = name;
    pendingAt = event.timeStamp;
  }
});

/** Binds keys while the component is there; the newest binding of a key wins. */
export function useKeys(bindings: KeyBinding[]): void {
  const layer = useRef(bindings);
  useEffect(() => {
    layer.current = bindings;
  });
  useEffect(() => {
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
    };
  }, []);
}

/** All that is bound now, without what a newer binding hides. */
export function boundKeys(): KeyBinding[] {
  const seen = new Map<string, KeyBinding>();
  for (const layer of layers) for (const binding of layer.current) seen.set(binding.keys, binding);
  return [...seen.values()].filter((binding) => binding.label !== "");
}
