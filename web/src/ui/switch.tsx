import styles from './switch.module.css';

export interface SwitchProps {
  /** Name for screen readers. */
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** It is being carried out: the switch keeps its focus and does nothing. */
  pending?: boolean;
}

/** Turns something on or off at once. */
export function Switch({ label, checked, onChange, pending = false }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      aria-busy={pending || undefined}
      className={styles.switch}
      onClick={() => {
        if (!pending) onChange(!checked);
      }}
    >
      <span className={styles.knob} />
    </button>
  );
}
