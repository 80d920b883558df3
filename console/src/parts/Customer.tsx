import type { CustomerMessage } from "../api/model";

/** What the customer reads: their words, no category of ours, and what they can do next. */
export function Customer({ message }: { message: CustomerMessage }) {
  return (
    <blockquote className="customer">
      <strong>{message.title}</strong>
      <p>{message.text}</p>
      <p>
        <span className="muted">Next step</span> {message.next_step}
      </p>
    </blockquote>
  );
}
