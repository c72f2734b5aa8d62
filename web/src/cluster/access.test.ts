import { beforeEach, expect, test } from 'vitest';
import {
  accessToken,
  enterCluster,
  forgetAccess,
  leaveCluster,
  refuseAccess,
  takeTokenFromAddress,
} from './access';

beforeEach(() => {
  forgetAccess();
  sessionStorage.clear();
  history.replaceState(null, '', '/');
});

test('a token in the address is taken out of it and kept under the cluster', () => {
  history.replaceState(null, '', '/executions?q=a#token=secret.token');
  takeTokenFromAddress();
  expect(location.href).not.toContain('token');
  expect(location.pathname + location.search).toBe('/executions?q=a');
  enterCluster('clu_1');
  expect(accessToken()).toBe('secret.token');
  forgetAccess();
  enterCluster('clu_1');
  expect(accessToken()).toBe('secret.token');
});

test('another cluster at the same origin does not get it', () => {
  sessionStorage.setItem('podium-token-clu_1', 't');
  enterCluster('clu_2');
  expect(accessToken()).toBeUndefined();
});

test('a refused token is forgotten, but not the one that came in its place', () => {
  history.replaceState(null, '', '/#token=new');
  takeTokenFromAddress();
  enterCluster('clu_1');
  refuseAccess('old');
  expect(accessToken()).toBe('new');
  refuseAccess('new');
  expect(accessToken()).toBeUndefined();
  expect(sessionStorage.length).toBe(0);
});

test('leaving forgets the token', () => {
  sessionStorage.setItem('podium-token-clu_1', 't');
  enterCluster('clu_1');
  leaveCluster();
  expect(accessToken()).toBeUndefined();
  expect(sessionStorage.length).toBe(0);
});
