import { Check, Copy } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button, IconButton } from './button';
import styles from './copy.module.css';
import { Tooltip } from './tooltip';

/** Copies text; `copied` is true for a moment afterwards. */
export function useCopy(): { copied: boolean; copy: (text: string) => Promise<void> } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<number>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return {
    copied,
    copy: async (text) => {
      await writeClipboard(text);
      setCopied(true);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setCopied(false), 2000);
    },
  };
}

async function writeClipboard(text: string) {
  // navigator.clipboard exists on https and localhost only; a self-hosted console is often plain http.
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  // Inside an open dialog, so that its focus trap lets the selection happen.
  (document.querySelector('[role=dialog]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

export interface CopyButtonProps {
  /** A function when the text is costly to make: it is made only when it is copied. */
  text: string | (() => string);
  /** What is copied, such as "endpoint". */
  what: string;
  /** Writes "Copy" beside the icon. */
  labelled?: boolean;
}

/** Copies a text to the clipboard and says so. */
export function CopyButton({ text, what, labelled = false }: CopyButtonProps) {
  const { copied, copy } = useCopy();
  const take = () => void copy(typeof text === 'function' ? text() : text);
  const icon = copied ? <Check aria-hidden /> : <Copy aria-hidden />;
  return (
    <>
      {labelled ? (
        <Button size="small" icon={icon} aria-label={`Copy ${what}`} onClick={take}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      ) : (
        <IconButton size="small" label={copied ? 'Copied' : `Copy ${what}`} onClick={take}>
          {icon}
        </IconButton>
      )}
      <span role="status" className="visually-hidden">
        {copied ? `Copied ${what}` : ''}
      </span>
    </>
  );
}

/**
 * An id cut to its last characters; a click copies the whole one. Ids begin with the time, so those made together differ at
 * their ends.
 */
export function ShortId({ id, what = 'id', length = 8 }: { id: string; what?: string; length?: number }) {
  const { copied, copy } = useCopy();
  return (
    <Tooltip content={copied ? 'Copied' : id}>
      <button
        type="button"
        className={styles.id}
        aria-label={`Copy ${what} ${id}`}
        onClick={(event) => {
          event.preventDefault();
          void copy(id);
        }}
      >
        {copied ? 'copied' : id.slice(-length)}
      </button>
    </Tooltip>
  );
}

/** A value to take along, in the monospaced face with a copy button. */
export function CopyField({ text, what }: { text: string; what: string }) {
  return (
    <span className={styles.field}>
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}
