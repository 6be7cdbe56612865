export const ethereum = 'ethereum';
