import * as Radix from '@radix-ui/react-toast';
import { X } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { StateIcon } from './status';
import styles from './toast.module.css';

interface Toast {
  id: number;
  kind: 'success' | 'failed';
  title: string;
  detail?: string;
}

type Show = (toast: Omit<Toast, 'id'>) => void;

const ToastContext = createContext<Show | undefined>(undefined);

let lastId = 0;

/** Shows the toasts of everything below it. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const show = useCallback<Show>((toast) => {
    lastId += 1;
    const id = lastId;
    setToasts((before) => [...before.slice(-2), { ...toast, id }]);
  }, []);
  return (
    <ToastContext value={show}>
      <Radix.Provider swipeDirection="right" label="Notification">
        {children}
        {toasts.map((toast) => (
          <Radix.Root
            key={toast.id}
            className={styles.toast}
            // Bad news stays until it is read.
            duration={toast.kind === 'failed' ? Number.POSITIVE_INFINITY : 5000}
            onOpenChange={(open) => {
              if (!open) setToasts((before) => before.filter((other) => other.id !== toast.id));
            }}
          >
            <StateIcon kind={toast.kind} />
            <div className={styles.text}>
              <Radix.Title className={styles.title}>{toast.title}</Radix.Title>
              {toast.detail !== undefined && (
                <Radix.Description className={styles.detail}>{toast.detail}</Radix.Description>
              )}
            </div>
            <Radix.Close className={styles.close} aria-label="Dismiss">
              <X aria-hidden />
            </Radix.Close>
          </Radix.Root>
        ))}
        <Radix.Viewport className={styles.viewport} label="Notifications ({hotkey})" />
      </Radix.Provider>
    </ToastContext>
  );
}

/** Returns the function that shows a toast: a short word on something that was done or failed in passing. */
export function useToast(): Show {
  const show = useContext(ToastContext);
  if (show === undefined) throw new Error('useToast needs a ToastProvider above it');
  return show;
}
