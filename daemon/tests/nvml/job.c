/* A stand-in for a job on a GPU: a client of the driver's library and a hold on the device's node, open as long as it lives, and
   work in steps of equal size whose results are known. Arguments: library, node. After each step a line: steps so far, result,
   CPU nanoseconds so far, clients that the library counts, settings that it saw change. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>

int main(int count, char **arguments) {
    if (count != 3) return 2;
    void *library = dlopen(arguments[1], RTLD_NOW);
    int node = open(arguments[2], O_RDWR);
    if (!library || node < 0 || flock(node, LOCK_EX | LOCK_NB)) return 3;
    int (*start)(void) = (int (*)(void))dlsym(library, "nvmlInit_v2");
    int (*clients)(void) = (int (*)(void))dlsym(library, "standin_open");
    int (*changed)(void) = (int (*)(void))dlsym(library, "standin_changed");
    if (!start || !clients || !changed || start()) return 4;
    uint64_t state = 1;
    for (unsigned long long steps = 1;; steps++) {
        for (int i = 0; i < 10000000; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            __asm__ volatile("" : "+r"(state)); /* not to be computed ahead */
        }
        struct timespec cpu;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
        printf("%llu %llu %llu %d %d\n", steps, (unsigned long long)state,
               (unsigned long long)cpu.tv_sec * 1000000000u + (unsigned long long)cpu.tv_nsec, clients(), changed());
        if (fflush(stdout)) return 5;
    }
}
