import { Icon } from "../../parts/Icon";
import { Page } from "../parts/Page";
import { href } from "../route";
import { SECTIONS } from "../sections";
import { useAccount } from "../session";
import { Calling } from "./Calling";
import { Freeze } from "./Freeze";
import { Score } from "./Score";
import { StandingLine } from "./StandingLine";

/** How the account stands, what guards it, and the one act that cannot wait. */
export function Home() {
  const account = useAccount();
  return (
    <Page title={`Hello, ${account.name}`} back={null}>
      <StandingLine />
      <Calling />
      <Score />
      <ul className="rows home-sections">
        {SECTIONS.map(({ page, label, icon }) => (
          <li key={page}>
            <a className="row-link" href={href(page)}>
              <Icon name={icon} size={18} />
              <span className="grow">{label}</span>
              <Icon name="right" size={14} />
            </a>
          </li>
        ))}
      </ul>
      <Freeze />
    </Page>
  );
}
