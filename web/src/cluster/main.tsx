import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { KitProvider } from '../ui/provider';
import { enterCluster, takeTokenFromAddress } from './access';
import { throughCluster } from './base';
import { newQueryClient } from './client/query-client';
import { newRouter } from './routes';

takeTokenFromAddress();
if (throughCluster !== undefined) enterCluster(throughCluster);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={newQueryClient()}>
      <KitProvider>
        <RouterProvider router={newRouter()} />
      </KitProvider>
    </QueryClientProvider>
  </StrictMode>,
);
