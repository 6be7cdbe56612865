export const protocols = 'protocols';
