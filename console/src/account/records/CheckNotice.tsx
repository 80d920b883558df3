import { href } from "../route";
import { Card } from "../welcome/Card";
import { NoticeCheck } from "./NoticeCheck";

/** The check alone, for people who are not signed in. */
export default function CheckNotice() {
  return (
    <Card
      title="Is this message from us?"
      lead="Nothing of it is kept, and no sign-in is needed."
      back={{ label: "Sign in", to: href("sign-in") }}
    >
      <NoticeCheck />
    </Card>
  );
}
