// Methods of every shape, as they stand in a stack trace: each asks for the one that runs.
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;

public class Shapes {
    static final TreeSet<String> NAMES = new TreeSet<>();
    static { note(); }
    Shapes() { note(); }
    static void note() {
        for (StackTraceElement element : new Throwable().getStackTrace()) NAMES.add(element.toString());
    }
    interface Play<T> { void play(T x); default void twice(T x) { play(x); note(); } }
    static class Player<T> implements Play<T> { public void play(T x) { note(); } }
    enum Kind { A { void go() { note(); } }; abstract void go(); }
    record Pair(int a) { Pair { note(); } }
    static void run() throws Exception {
        new Shapes();
        new Player<String>().twice("x");
        Kind.A.go();
        new Pair(1);
        Runnable first = () -> { Runnable inner = () -> note(); inner.run(); };
        first.run();
        new Object() { void anonymous() { note(); } }.anonymous();
        class Local { void go() { note(); } }
        new Local().go();
        List.of(3, 1).stream().map(x -> { note(); return x; }).sorted().forEach(x -> note());
        Callable<Integer> proxy = (Callable<Integer>) Proxy.newProxyInstance(Shapes.class.getClassLoader(),
            new Class<?>[] {Callable.class}, (self, method, arguments) -> { note(); return 1; });
        proxy.call();
        Shapes.class.getDeclaredMethod("spielöffnen").invoke(null);
        Thread thread = new Thread(Shapes::note, "other");
        thread.start();
        thread.join();
    }
    static void spielöffnen() { note(); }
    public static void main(String[] arguments) throws Exception { run(); NAMES.forEach(System.out::println); }
}
