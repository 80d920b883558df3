import { Icon, type IconName } from "../parts/Icon";
import { setTheme, useTheme, type Theme } from "./theme";

const THEMES: { theme: Theme; label: string; icon: IconName }[] = [
  { theme: "system", label: "System", icon: "auto" },
  { theme: "light", label: "Light", icon: "sun" },
  { theme: "dark", label: "Dark", icon: "moon" },
];

export function ThemeChoice() {
  const current = useTheme();
  return (
    <div className="choice" role="group" aria-label="Theme">
      {THEMES.map(({ theme, label, icon }) => (
        <button
          key={theme}
          type="button"
          aria-pressed={theme === current}
          title={`${label} theme`}
          aria-label={`${label} theme`}
          onClick={() => setTheme(theme)}
        >
          <Icon name={icon} size={14} />
        </button>
      ))}
    </div>
  );
}
