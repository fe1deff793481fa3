"""Virtual patients: anatomy, population, pose, tissue and radiograph of people whose privacy nobody needs to protect."""
