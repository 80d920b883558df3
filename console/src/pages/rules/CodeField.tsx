/**
 * A text area with line numbers, colours and marks of errors. The coloured text lies under the
 * transparent text area and both scroll as one, so there is nothing to keep in step.
 */
import { useImperativeHandle, useMemo, useRef, type Ref } from "react";
import type { RuleCheck } from "../../api/model";
import { CodeLine } from "../../parts/CodeText";

export interface CodeFieldHandle {
  go: (line: number, column: number | null) => void;
  insert: (text: string) => void;
}

interface CodeFieldProps {
  text: string;
  errors: RuleCheck["errors"];
  onChange: (text: string) => void;
  ref: Ref<CodeFieldHandle>;
}

const LINE_PX = 20;

export function CodeField({ text, errors, onChange, ref }: CodeFieldProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => text.split("\n"), [text]);
  const wrong = useMemo(
    () => new Map(errors.flatMap((error) => (error.line ? [[error.line, error.message]] : []))),
    [errors],
  );
  useImperativeHandle(
    ref,
    () => ({
      go: (line, column) => {
        const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
        const at = start + Math.max(0, (column ?? 1) - 1);
        area.current?.focus({ preventScroll: true });
        area.current?.setSelectionRange(at, at);
        scroller.current?.scrollTo({ top: Math.max(0, (line - 6) * LINE_PX) });
      },
      insert: (name) => {
        const element = area.current;
        if (!element) return;
        element.focus({ preventScroll: true });
        const at = element.selectionStart;
        onChange(text.slice(0, at) + name + text.slice(element.selectionEnd));
        requestAnimationFrame(() => element.setSelectionRange(at + name.length, at + name.length));
      },
    }),
    [lines, text, onChange],
  );
  return (
    <div className="code code-field" ref={scroller}>
      <div className="code-gutter" aria-hidden="true">
        {lines.map((_, at) => (
          <div key={at} className={wrong.has(at + 1) ? "is-wrong" : ""} title={wrong.get(at + 1)}>
            {at + 1}
          </div>
        ))}
      </div>
      <div className="code-stack">
        <pre className="code-lines" aria-hidden="true">
          {lines.map((line, at) => (
            <span key={at} className={wrong.has(at + 1) ? "code-wrong" : ""}>
              <CodeLine text={line} />
            </span>
          ))}
        </pre>
        <textarea
          ref={area}
          aria-label="Text of the rules"
          aria-invalid={errors.length > 0}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
    </div>
  );
}
