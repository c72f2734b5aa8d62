import { classNames } from '../../ui/class-names';
import { StateIcon } from '../../ui/status';
import { Duration } from '../../ui/time';
import type { Step } from '../api/client';
import { stepState } from '../states';
import styles from './steps.module.css';

export interface StepsProps {
  steps: readonly Step[];
  /** The operation has ended. */
  ended: boolean;
  /** Name of the step that waits for something; its reason is no failure. */
  waiting?: string;
  /** Name of the chosen step. */
  selected?: string;
  /** Makes steps choosable. */
  onSelect?: (name: string) => void;
}

/** The steps of an operation in their order, each with its state, its time and, when it failed, the reason. */
export function Steps({ steps, ended, waiting, selected, onSelect }: StepsProps) {
  return (
    <ol className={styles.steps} aria-label="Steps">
      {steps.map((step) => (
        <li
          key={step.name}
          className={styles.item}
          data-state={step.state}
          data-waiting={step.name === waiting || undefined}
        >
          {onSelect === undefined ? (
            <div className={styles.step}>
              <Content step={step} ended={ended} />
            </div>
          ) : (
            <button
              type="button"
              className={classNames(styles.step, styles.choosable)}
              aria-pressed={step.name === selected}
              onClick={() => onSelect(step.name)}
            >
              <Content step={step} ended={ended} />
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

function Content({ step, ended }: { step: Step; ended: boolean }) {
  const { kind, word } = stepState(step, ended);
  return (
    <>
      <span className={styles.icon}>
        <StateIcon kind={kind} />
      </span>
      <span className={styles.text}>
        <span className={styles.title}>{step.title}</span>
        {step.reason !== undefined && <span className={styles.reason}>{step.reason}</span>}
      </span>
      <span className={styles.side}>
        <span>
          {word}
          {step.startedAt !== undefined && step.state !== 'PENDING' && (
            <>
              {' · '}
              <Duration from={step.startedAt} to={step.endedAt} />
            </>
          )}
        </span>
        {(step.attempts ?? 0) > 1 && <span>{step.attempts} attempts</span>}
      </span>
    </>
  );
}
