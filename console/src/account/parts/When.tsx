import { useEffect } from "react";
import { absoluteHere, relative } from "../../lib/time";
import { useNow } from "../../parts/Time";
import { momentWords, secondsLeft, spanWords } from "../../lib/span";

/** What is left, in two units, second by second. */
export function Countdown({ until, onEnd }: { until: string; onEnd?: () => void }) {
  const left = secondsLeft(until, useNow());
  const isOver = left === 0;
  useEffect(() => {
    if (isOver) onEnd?.();
  }, [isOver, onEnd]);
  return (
    <time className="countdown" role="timer" dateTime={until} title={absoluteHere(until)}>
      {isOver ? "now" : spanWords(left)}
    </time>
  );
}

/** A moment where the reader is; the zone is on hover. */
export function Moment({ time }: { time: string }) {
  return (
    <time dateTime={time} title={absoluteHere(time)} className="nowrap">
      {momentWords(time, Date.now())}
    </time>
  );
}

/** How long ago; the moment is on hover. */
export function Ago({ time }: { time: string }) {
  const now = useNow();
  return (
    <time dateTime={time} title={absoluteHere(time)} className="nowrap">
      {relative(time, now)}
    </time>
  );
}
