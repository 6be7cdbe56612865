export const apps = 'apps';
