export const sanity = 1;
