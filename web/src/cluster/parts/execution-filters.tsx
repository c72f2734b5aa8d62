import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import { workflowAppearance } from '../../conductor/appearance';
import { type WorkflowStatus, workflowStatuses } from '../../conductor/types';
import { Input, Select } from '../../ui/field';
import { StateIcon } from '../../ui/status';
import { allVersionsQuery } from '../client/queries';
import { type ExecutionSearch, rangeWords, type TimeRange } from '../search';
import styles from './execution-filters.module.css';

interface ExecutionFiltersProps {
  search: ExecutionSearch;
  onChange: (next: Partial<ExecutionSearch>) => void;
}

/** What executions are searched for. */
export function ExecutionFilters({ search, onChange }: ExecutionFiltersProps) {
  const names = useQuery(allVersionsQuery);
  const list = useId();
  const toggle = (status: WorkflowStatus) =>
    onChange({
      statuses: search.statuses.includes(status)
        ? search.statuses.filter((each) => each !== status)
        : [...search.statuses, status],
    });
  return (
    <search className={styles.filters} aria-label="Executions">
      <div className={styles.fields}>
        <TextFilter
          label="Search in executions"
          placeholder="Id, input, output or any text"
          value={search.text}
          onChange={(text) => onChange({ text })}
          wide
        />
        <TextFilter
          label="Workflow name"
          placeholder="Workflow"
          list={list}
          value={search.workflow}
          onChange={(workflow) => onChange({ workflow })}
        />
        <datalist id={list}>
          {Object.keys(names.data ?? {}).map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <TextFilter
          label="Correlation id"
          placeholder="Correlation id"
          value={search.correlationId}
          onChange={(correlationId) => onChange({ correlationId })}
        />
        <Select
          aria-label="Started"
          value={search.started}
          onChange={(event) => onChange({ started: event.target.value as TimeRange })}
        >
          {Object.entries(rangeWords).map(([range, word]) => (
            <option key={range} value={range}>
              {word}
            </option>
          ))}
        </Select>
      </div>
      <fieldset className={styles.chips}>
        <legend className="visually-hidden">Status</legend>
        {workflowStatuses.map((status) => (
          <button
            key={status}
            type="button"
            className={styles.chip}
            aria-pressed={search.statuses.includes(status)}
            onClick={() => toggle(status)}
          >
            <StateIcon kind={workflowAppearance[status].kind} size={13} />
            {workflowAppearance[status].word}
          </button>
        ))}
      </fieldset>
    </search>
  );
}

interface TextFilterProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  list?: string;
  wide?: boolean;
}

/** Long enough that a word is typed through, short enough that one does not wait. */
const typingPause = 300;

/** A text that becomes part of the search when one stops typing. */
function TextFilter({ label, placeholder, value, onChange, list, wide = false }: TextFilterProps) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const sent = useRef(value);
  // The address changed by another way than typing here: a link, the back button, a cleared search.
  if (value !== known) {
    setKnown(value);
    if (value !== sent.current) setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = window.setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, typingPause);
    return () => window.clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <Input
      type="search"
      className={wide ? styles.wide : undefined}
      aria-label={label}
      placeholder={placeholder}
      list={list}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
