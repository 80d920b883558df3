import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import { Icon } from "../../parts/Icon";
import { Menu, MenuItem } from "../../parts/Menu";

function People({ onAssign }: { onAssign: (id: number, name: string) => void }) {
  const { data, error } = useQuery({ queryKey: ["users"], queryFn: api.users });
  if (error) return <div className="menu-title">{error.message}</div>;
  const people = data?.items.filter((user) => !user.is_disabled && user.role !== "auditor");
  return people?.map((user) => (
    <MenuItem key={user.id} onChoose={() => onAssign(user.id, user.name)}>
      {user.name}
    </MenuItem>
  ));
}

/** Assigns to a colleague. */
export function AssignMenu({ onAssign }: { onAssign: (id: number, name: string) => void }) {
  return (
    <Menu
      label={
        <>
          Assign <Icon name="down" size={12} />
        </>
      }
    >
      {(close) => (
        <People
          onAssign={(id, name) => {
            close();
            onAssign(id, name);
          }}
        />
      )}
    </Menu>
  );
}
