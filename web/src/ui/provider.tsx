import { Provider as TooltipProvider } from '@radix-ui/react-tooltip';
import type { ReactNode } from 'react';
import './base.css';
import { ToastProvider } from './toast';

/** What the kit needs around an application: styles, tooltips and toasts. */
export function KitProvider({ children }: { children: ReactNode }) {
  return (
    <TooltipProvider delayDuration={400}>
      <ToastProvider>{children}</ToastProvider>
    </TooltipProvider>
  );
}
