import styles from './switch.module.css';
import { Tooltip } from './tooltip';

export interface SwitchProps {
  /** Name for screen readers. */
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Why it cannot be changed now; shown on hover and focus. */
  disabledReason?: string | undefined;
  /** It is being carried out: the switch keeps its focus and does nothing. */
  pending?: boolean;
}

/** Turns something on or off at once. */
export function Switch({ label, checked, onChange, disabledReason, pending = false }: SwitchProps) {
  const button = (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      aria-busy={pending || undefined}
      aria-disabled={disabledReason !== undefined || undefined}
      className={styles.switch}
      onClick={() => {
        if (!pending && disabledReason === undefined) onChange(!checked);
      }}
    >
      <span className={styles.knob} />
    </button>
  );
  return disabledReason === undefined ? button : <Tooltip content={disabledReason}>{button}</Tooltip>;
}
