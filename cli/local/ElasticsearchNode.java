import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.Plugin;

/**
 * Runs one Elasticsearch node in this process. Arguments: home folder, HTTP port, plugin classes.
 * Its main class, with the checks that it makes for production, is not on Maven Central's path.
 */
public final class ElasticsearchNode {

    private static final String NAME = "socorro";

    /** The constructor that takes a list of plugins is protected. */
    private static final class Embedded extends Node {
        Embedded(Environment environment, List<Class<? extends Plugin>> plugins) {
            super(environment, plugins, false);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Paths.get(arguments[0]).toAbsolutePath();
        Settings settings = Settings.builder()
            .put("path.home", home.toString())
            .put("http.port", Integer.parseInt(arguments[1]))
            .build();
        List<Class<? extends Plugin>> plugins = new ArrayList<>();
        for (String name : arguments[2].split(",")) {
            plugins.add(Class.forName(name).asSubclass(Plugin.class));
        }
        LogConfigurator.setNodeName(NAME);
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings, Collections.emptyMap(), home.resolve("config"), () -> NAME);
        Node node = new Embedded(environment, plugins);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node, closed), "close"));
        try {
            node.start();
        } catch (Throwable error) {
            error.printStackTrace();
            System.exit(1);
        }
        closed.await();
    }

    private static void close(Node node, CountDownLatch closed) {
        try {
            node.close();
        } catch (Exception error) {
            error.printStackTrace();
        } finally {
            closed.countDown();
        }
    }

    private ElasticsearchNode() {}
}
