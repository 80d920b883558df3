import { Icon } from "../../parts/Icon";
import { useAccount } from "../session";
import { Ago } from "../parts/When";

/** "Are we calling you now?", answered where nobody on the phone can reach. */
export function Calling() {
  const { call } = useAccount();
  if (!call) return null;
  return (
    <p className="notice" role="status" data-call="">
      <Icon name="phone" />
      <span>
        <strong>Yes, we are calling you.</strong> Somebody of ours has been on the line since{" "}
        <Ago time={call.since} />: {call.purpose}. They never ask for a code, a password, or that
        you move money.
      </span>
    </p>
  );
}
