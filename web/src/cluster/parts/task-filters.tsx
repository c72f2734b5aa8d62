import type { ReactNode } from 'react';
import { Input, Select } from '../../ui/field';
import { type TaskGroup, taskGroupWords } from '../task-filter';
import styles from './task-filters.module.css';

interface TaskFiltersProps {
  text: string;
  group: TaskGroup;
  onText: (text: string) => void;
  onGroup: (group: TaskGroup) => void;
  /** How many tasks are shown. */
  count: number;
  children?: ReactNode;
}

/** Narrows the tasks of an execution down. */
export function TaskFilters({ text, group, onText, onGroup, count, children }: TaskFiltersProps) {
  return (
    <search className={styles.filters} aria-label="Tasks">
      <Input
        type="search"
        className={styles.text}
        aria-label="Find tasks"
        placeholder="Name, type, worker or reason"
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      <Select
        className={styles.group}
        aria-label="Which tasks"
        value={group}
        onChange={(event) => onGroup(event.target.value as TaskGroup)}
      >
        {Object.entries(taskGroupWords).map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </Select>
      <span role="status" className={styles.count}>
        {count === 1 ? '1 attempt' : `${count.toLocaleString()} attempts`}
      </span>
      <span className={styles.rest}>{children}</span>
    </search>
  );
}
