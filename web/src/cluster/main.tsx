import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { KitProvider } from '../ui/provider';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no root');
createRoot(root).render(
  <StrictMode>
    <KitProvider>
      <h1>Podium</h1>
    </KitProvider>
  </StrictMode>,
);
