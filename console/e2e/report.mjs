// One line for each check, and a closing line that a script can read.
let passed = 0;
let failed = 0;

export function result(isHeld, name, detail = "") {
  if (isHeld) passed += 1;
  else failed += 1;
  console.log(`${isHeld ? "ok  " : "FAIL"} ${name}${detail ? `: ${detail}` : ""}`);
}

/** Runs one check; what it throws is why it failed, and what it returns is shown beside it. */
export async function check(name, run) {
  try {
    const detail = await run();
    result(true, name, typeof detail === "string" ? detail : "");
  } catch (error) {
    result(
      false,
      name,
      String(error.message ?? error)
        .split("\n")
        .slice(0, 3)
        .join(" "),
    );
  }
}

export function expect(isHeld, detail) {
  if (!isHeld) throw new Error(detail);
}

export function close() {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
